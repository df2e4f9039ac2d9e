// The one way for a value of ours into a shell line.

/** One word that a POSIX shell reads back as exactly `text`. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
