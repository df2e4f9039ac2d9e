// The VS Code that is installed on this machine, if a window of it can be opened from here.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

export interface Desktop {
  /** The `code` command. */
  readonly command: string
  /** The program behind it. */
  readonly executable: string
}

/** Null without `code`, without a display, and in a terminal of a remote window, whose `code` ignores development paths. */
export function findDesktop(): Desktop | null {
  const { env, platform } = process
  const hasDisplay = platform === 'darwin' || [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((display) => display)
  if (!hasDisplay || env['VSCODE_IPC_HOOK_CLI'] !== undefined) return null
  const command = commandPath('code')
  if (command === null) return null
  // …/bin/code beside …/code; on macOS Contents/Resources/app/bin/code and Contents/MacOS/Electron.
  const bin = path.dirname(fs.realpathSync(command))
  const executable = path.resolve(bin, platform === 'darwin' ? '../../../MacOS/Electron' : '../code')
  return fs.existsSync(executable) ? { command, executable } : null
}

/** The path of a program, or null if it is not on the PATH. */
export function commandPath(name: string): string | null {
  try {
    return execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).trim()
  } catch {
    return null // The shell answers 127 for a program that is not there.
  }
}
