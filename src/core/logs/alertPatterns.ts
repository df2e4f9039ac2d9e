// Patterns of lines of a log that a person is told of. What ordinary logs say ("0 errors", "error_rate=0.1", "loss 0.3") is no
// alert. The patterns of others are only ever tried in a worker, which can be ended.

/** A number that stands alone: after the word "error" it is a measurement. */
const measured = String.raw`(?!\s*(?:rates?|RATES?|counts?|COUNTS?)?\s*[=:|]?\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*%?(?:[\s,;)|\]]|$))`

/** What is looked for where a block says nothing. `(?-i)`: letter case counts. */
export const defaultAlertPatterns: readonly string[] = [
  String.raw`^Traceback \(most recent call last\)|^(?:panic: |thread '.*' panicked|Unhandled (?:promise )?rejection|Exception in thread )`,
  String.raw`\bout of memory\b(?!\s*[=:]?\s*(?:0|no|false)\b)|\bOutOfMemoryError\b|\bstd::bad_alloc\b|\bcannot allocate memory\b|\boom[- ]?kill`,
  String.raw`\b(?:CUDA|HIP|cuDNN|cuBLAS|NCCL) (?:error|failure)${'\\b'}${measured}|\bdevice-side assert triggered\b|\bXid \(`,
  // An exception by its name at the start of a line: "ValueError: …", "torch.cuda.OutOfMemoryError: …".
  String.raw`(?-i)^\s*(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)(?::(?!\s*[-+]?\d*\.?\d+\s*$)|$)`,
  // A level of a logger, or the word before a colon as tools write it.
  String.raw`(?-i)(?<![\w./-])\[?(?:ERROR|FATAL|CRITICAL|SEVERE)(?![\w-])\]?${measured}`,
  String.raw`(?:^|[:\]>] )(?:fatal |internal |runtime )?error: (?!\s*[-+]?\d*\.?\d+\s*(?:[,;%]|$))`,
  // A loss or a gradient that is not a number any more.
  String.raw`\b(?:\w*loss|grad\w*|nll|ppl|perplexity|objective)["']?[\s=:]+(?:(?:is|was|became)\s+)?nan\b|\bnan (?:detected|encountered) in\b|\bloss is nan\b`,
  String.raw`\bsegmentation fault\b|\bbus error\b|\bcore dumped\b|^killed$|\bno space left on device\b|\bdisk quota exceeded\b`,
]

/** So many, and so long, may somebody ask for. */
export const maxAlertPatterns = 16
export const maxAlertPatternChars = 200

export type CompiledPattern = { readonly regex: RegExp } | { readonly problem: string }

/** Letter case does not count, unless `(?-i)` stands first; `(?i)` is understood. Never throws. */
export function compileAlertPattern(pattern: string): CompiledPattern {
  const flag = /^\(\?(-?)i\)/.exec(pattern)
  const source = flag === null ? pattern : pattern.slice(flag[0].length)
  try {
    const regex = new RegExp(source, flag?.[1] === '-' ? '' : 'i')
    return regex.test('') ? { problem: 'it is found in every line' } : { regex }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { problem: why.replace(/^Invalid regular expression: (?:\/.*\/[a-z]*: )?/s, '') }
  }
}

/** How many of the lines have the pattern, and the last of them. */
export function findHits(
  regex: RegExp,
  lines: readonly string[],
): { readonly count: number; readonly line: string } | null {
  let count = 0
  let last = ''
  for (const line of lines)
    if (regex.test(line)) {
      count++
      last = line
    }
  return count === 0 ? null : { count, line: last }
}
