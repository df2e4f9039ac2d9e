// A block of the chat as a read-only document that carries its own text, so that a button can name it as a lens names the
// block of a file, and so that the same approval page follows.
import * as vscode from 'vscode'

const scheme = 'relay-block'

/** The document of one block that stands in no file; the block begins at its start. */
export function blockUri(text: string): vscode.Uri {
  return vscode.Uri.from({ scheme, path: 'the chat', query: Buffer.from(text).toString('base64url') })
}

export function registerBlockDocuments(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(scheme, {
    provideTextDocumentContent: ({ query }) => Buffer.from(query, 'base64url').toString(),
  })
}
