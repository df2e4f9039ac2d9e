// What the checks between the chunks of a step are called: they stand in its main phase, and are no work of it.
const begin = 'quality of chunk '

/** `chunk` counts from 1. */
export function qualityOfChunk(chunk: number): string {
  return `${begin}${chunk}`
}

/** Whether an act of the main phase is no chunk, but what looks at the one before it. */
export function isQualityOfChunk(name: string): boolean {
  return name.startsWith(begin)
}
