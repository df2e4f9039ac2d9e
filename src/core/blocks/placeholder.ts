// Finds the `<…>` of a template that nobody filled in, and leaves alone what else stands between angle brackets:
// redirections, comparisons, markup, the special tokens of language models.

/** A placeholder is usually named after what goes there. */
const nouns = new Set(
  (
    'path file filename name command cmd id dir directory folder host hostname user username config script url port ' +
    'value model dataset checkpoint seed date timestamp number project branch version env experiment metric task args ' +
    'options token key partition account runid jobid log logs output input results metrics epochs steps size repo'
  ).split(' '),
)
const tokens =
  /^(?:PAD|EOS|BOS|UNK|MASK|CLS|SEP|EOF|EOT|BR|HR|(?:start|end)_of_\w+|(?:extra|reserved|special|fim|im|audio|image|video|vision|tool|unused)_?\w*)$/i
const candidate = /(?<![<?\\]|\?P)<([A-Za-z][\w ./-]{0,79})>/g

export interface Placeholder {
  readonly start: number
  readonly end: number
}

/** The placeholders in a command, path or task, one by one; offsets in `text`. */
export function* findPlaceholders(text: string): Generator<Placeholder> {
  const closingTags = new Set(Array.from(text.matchAll(/<\/([^<>]{1,80})>/g), ([, name]) => name))
  for (const match of text.matchAll(candidate)) {
    const [whole, content = ''] = match
    const end = match.index + whole.length
    const isMarkup = closingTags.has(content)
    if (!isMarkup && isPlaceholder(content, text.charAt(match.index - 1), text.charAt(end))) {
      yield { start: match.index, end }
    }
  }
}

function isPlaceholder(content: string, before: string, after: string): boolean {
  if (/[ -]$/.test(content) || / \d+$/.test(content) || tokens.test(content)) return false
  if (/^(?:path|your|some|my)[/ _-]/i.test(content)) return true
  const words = content.split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/)
  const isNamed = nouns.has((words.at(-1) ?? '').toLowerCase())
  // `a<b and c>d` and `<in.txt>out` touch what is around them; a placeholder there must be named like one.
  const touches = /[A-Za-z0-9)\]]/.test(before) || /[A-Za-z0-9&$(]/.test(after)
  if (touches || / (?:and|or) /.test(content)) return isNamed
  return isNamed || /[ _-]/.test(content) || /^[A-Z][A-Z0-9]+$/.test(content)
}
