// The `#SBATCH` lines of a script, which sbatch reads up to the first command. Ours come around the script, so they are moved up.

export interface Directive {
  /** Without `#SBATCH` and what follows a second `#`. */
  readonly text: string
  /** From 1. */
  readonly line: number
}

/** The lines that sbatch would read in `script`: those before its first command. */
export function readDirectives(script: string): readonly Directive[] {
  const found: Directive[] = []
  for (const [index, text] of script.split('\n').entries()) {
    const directive = /^#SBATCH\s+(.*?)\s*\r?$/.exec(text)?.[1]
    if (directive !== undefined) found.push({ text: directive.replace(/\s#.*$/, ''), line: index + 1 })
    else if (!/^\s*(#.*)?\r?$/.test(text)) break
  }
  return found
}

/** Whether the script itself says where its output goes. */
export function namesOutput(script: string, extra: readonly string[] = []): boolean {
  const words = [...readDirectives(script).flatMap(({ text }) => text.split(/\s+/)), ...extra]
  return words.some((word) => /^(-o|--outp)/.test(word))
}

/** Whether the script makes itself an array. */
export function namesArray(script: string): boolean {
  return readDirectives(script).some(({ text }) => /(^|\s)(-a|--arr)/.test(text))
}

/** What in its `#SBATCH` lines cannot be honoured, or null. */
export function scriptProblem(script: string): string | null {
  for (const { text, line } of readDirectives(script)) {
    const word = /(?:^|\s)(-[WD]|--wait(?!-)|--wrap|--uid|--gid|--test-only|--clusters|-M)/.exec(text)?.[1]
    if (word !== undefined && word !== '-D')
      return `Line ${line} of the script, #SBATCH ${word}, cannot be used: Relay Jobs watches the job itself.`
    if (/[\u0000-\u001f\u007f]/.test(text)) return `Line ${line} of the script has control characters.`
  }
  return null
}
