// The value of one line of a transcript.

/** Undefined for what is no JSON: a line that is torn, cut or foreign. */
export function parseJsonLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // Passed over, as every line that is not known.
  }
}
