// The frame of a page that the extension shows: its script, its style, and nothing from anywhere else.
import { randomBytes } from 'node:crypto'
import * as vscode from 'vscode'

/** Where the built pages are. */
export function webviewRoot(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'webview')
}

/** An empty document that runs the page `name`. `title` is its accessible name. */
export function renderWebviewHtml(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  name: string,
  title: string,
): string {
  const file = (extension: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(webviewRoot(extensionUri), `${name}.${extension}`)).toString()
  const nonce = randomBytes(16).toString('base64')
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`
  const escaped = title.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width" />
    <title>${escaped}</title>
    <link rel="stylesheet" href="${file('css')}" />
  </head>
  <body>
    <script nonce="${nonce}" src="${file('js')}"></script>
  </body>
</html>`
}
