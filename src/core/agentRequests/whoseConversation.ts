// Whose an agent's conversation is, where folders with requests lie in one another: one folder's, so that nothing it asks for is listed twice.

export interface FolderAround {
  /** A real path. */
  readonly path: string
  /** Some window has it open, and so would list what is asked. */
  readonly isOpen: boolean
  /** What was said before is no request there; ms since the epoch. */
  readonly sinceMs: number
}

/** The innermost folder around `cwd`, a real path, that would list what was said `atMs`; null: none would. */
export function whoseConversation<Folder extends FolderAround>(
  cwd: string,
  atMs: number,
  folders: readonly Folder[],
): Folder | null {
  const [innermost] = folders
    .filter(({ path, isOpen, sinceMs }) => isOpen && sinceMs <= atMs && isInside(cwd, path))
    .sort((a, b) => b.path.length - a.path.length)
  return innermost ?? null
}

/** Whether a real path is a folder or lies in it. */
export function isInside(real: string, folder: string): boolean {
  return real === folder || real.startsWith(folder === '/' ? folder : `${folder}/`)
}
