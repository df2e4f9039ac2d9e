// Being told when one of several files appears or changes, wherever they are and whether or not their folders exist yet.

export interface PathWatch {
  close(): void
}

/** Watches absolute paths with chokidar. Trouble with watching is nothing to report: whoever calls this polls as well. */
export async function watchPaths(paths: readonly string[], onChange: () => void): Promise<PathWatch> {
  const { watch } = await import('chokidar') // Needed only by jobs that promise files.
  const watcher = watch([...paths], { ignoreInitial: true, persistent: false, depth: 0, followSymlinks: false })
  watcher.on('all', () => onChange()).on('error', () => undefined)
  return { close: () => void watcher.close() }
}
