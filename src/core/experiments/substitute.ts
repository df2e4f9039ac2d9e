// Named values put into the texts of a template: `{name}` and nothing else. No expressions, no attributes; braces that do not hold a
// name are what they are, and `{{name}}` stands for `{name}` itself.

const placeholderPattern = /\{\{([A-Za-z_][\w.-]*)\}\}|\{([A-Za-z_][\w.-]*)\}/g

/** The names that `text` asks for, in order, each once. */
export function placeholdersIn(texts: readonly string[]): readonly string[] {
  const names = texts.flatMap((text) => [...text.matchAll(placeholderPattern)].flatMap(([, , name]) => name ?? []))
  return [...new Set(names)]
}

/** The text with every name that has a value replaced, in one pass: what a value contains is never read again. */
export function substitute(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(placeholderPattern, (whole, literal: string | undefined, name: string | undefined) => {
    if (literal !== undefined) return `{${literal}}`
    return name !== undefined && Object.hasOwn(values, name) ? (values[name] ?? whole) : whole
  })
}
