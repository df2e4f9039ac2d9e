// What `/exp` of the chat is asked: `run ID key=value…`, `best [metric]`, `report`.

export type AskedExperiment =
  | { readonly kind: 'run'; readonly template: string; readonly words: readonly string[] }
  | { readonly kind: 'best'; readonly metric: string | null }
  | { readonly kind: 'report' }
  | { readonly kind: 'help' }

const maxWords = 200

/** Never throws; what is not understood asks for help. */
export function readAskedExperiment(prompt: string): AskedExperiment {
  const [verb = '', ...words] = splitWords(prompt).slice(0, maxWords)
  switch (verb.toLowerCase()) {
    case 'run': {
      const [template, ...values] = words
      return template === undefined ? { kind: 'help' } : { kind: 'run', template, words: values }
    }
    case 'best':
      return { kind: 'best', metric: words[0] ?? null }
    case 'report':
    case '':
      return { kind: 'report' }
    default:
      return { kind: 'help' }
  }
}

/** Blanks part words; in quotes they do not, and the quotes are not part of the word. */
function splitWords(text: string): string[] {
  const words = text.match(/(?:[^\s"']|"[^"]*"?|'[^']*'?)+/g) ?? []
  return words.map((word) =>
    word.replace(/"([^"]*)"?|'([^']*)'?/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  )
}
