// Read-only documents of ours, which follow what they show. What an agent or a log wrote in them starts nothing: they have no lenses.
import * as vscode from 'vscode'

/** `contentOf`: the whole text of the document with this query; asked again whenever something changed. */
export function registerFollowedDocuments(
  scheme: string,
  onDidChange: vscode.Event<unknown>,
  contentOf: (query: string) => string,
): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>()
  return vscode.Disposable.from(
    changed,
    onDidChange(() => {
      for (const { uri } of vscode.workspace.textDocuments) if (uri.scheme === scheme) changed.fire(uri)
    }),
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: ({ query }) => contentOf(query),
    }),
  )
}
