// Being told of changes in one directory, with a poll behind it for where the kernel does not tell.
import fs from 'node:fs'

export interface DirectoryWatch {
  close(): void
}

/** How often the directory is looked at when watching works, and when it does not (no inotify left, network disk). */
const backupPollMs = 5_000
const solePollMs = 500

/**
 * Calls `onChange` soon after something in `directory` may have changed, and now and then without a reason. The
 * directory must exist; if it goes, polling goes on. Does not keep the process alive if `unref` is set.
 */
export function watchDirectory(directory: string, onChange: () => void, unref = false): DirectoryWatch {
  let watcher: fs.FSWatcher | null = null
  let timer: NodeJS.Timeout
  const poll = (everyMs: number) => {
    timer = setInterval(onChange, everyMs)
    if (unref) timer.unref()
  }
  const fallBack = () => {
    watcher?.close()
    watcher = null
    clearInterval(timer)
    poll(solePollMs)
  }
  poll(backupPollMs)
  try {
    watcher = fs.watch(directory, { persistent: !unref }, () => onChange())
    watcher.on('error', fallBack)
  } catch {
    fallBack() // EMFILE, ENOSPC (inotify used up) or ENOSYS: the poll alone does it.
  }
  return {
    close: () => {
      clearInterval(timer)
      watcher?.close()
    },
  }
}
