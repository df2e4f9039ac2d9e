// The documents whose blocks mean something.

/** Where blocks may be asked for by people and agents: what jobs print (`relay-log`, `output`) starts nothing. */
export const blockSchemes = ['file', 'untitled', 'vscode-notebook-cell'] as const

/** The same as a selector of documents, whatever their language. */
export const blockDocuments = blockSchemes.map((scheme) => ({ scheme }))

export function mayHoldBlocks({ uri }: { readonly uri: { readonly scheme: string } }): boolean {
  return blockSchemes.some((scheme) => scheme === uri.scheme)
}
