// A short list of what is in a folder of the window, for a model that must not guess paths.
import * as vscode from 'vscode'

const maxEntries = 300
const maxDepth = 3
const skipped = new Set(['node_modules', '__pycache__', 'venv', 'dist', 'build'])

/** Paths of files and folders relative to `folder`, near ones first; folders end with `/`. */
export async function listFiles(folder: vscode.Uri, token: vscode.CancellationToken): Promise<readonly string[]> {
  const found: string[] = []
  let level = [{ uri: folder, path: '' }]
  for (let depth = 0; depth < maxDepth && level.length > 0; depth++) {
    const below: typeof level = []
    for (const { uri, path } of level) {
      if (token.isCancellationRequested || found.length >= maxEntries) return found.slice(0, maxEntries)
      for (const [name, type] of await entriesOf(uri)) {
        if (name.startsWith('.') || skipped.has(name)) continue
        const isFolder = (type & vscode.FileType.Directory) !== 0
        found.push(`${path}${name}${isFolder ? '/' : ''}`)
        if (isFolder) below.push({ uri: vscode.Uri.joinPath(uri, name), path: `${path}${name}/` })
      }
    }
    level = below
  }
  return found.slice(0, maxEntries)
}

async function entriesOf(folder: vscode.Uri): Promise<readonly [string, vscode.FileType][]> {
  try {
    return (await vscode.workspace.fs.readDirectory(folder)).sort(([a], [b]) => (a < b ? -1 : 1))
  } catch {
    return [] // Not to be read: then the model does not know of it.
  }
}
