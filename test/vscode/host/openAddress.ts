// Opening an address that carries a secret in the person's browser, without showing it to the other users of the machine.
import { spawn } from 'node:child_process'
import fs from 'node:fs'

/**
 * Opens `address` if a browser can be opened from here; the person has it on the screen anyway. The browser gets `file`,
 * a page for our eyes only that leads there: arguments of processes can be read by everybody.
 */
export function openAddress(address: string, file: string): void {
  const opener = findOpener()
  if (opener === null) return
  const target = address.replaceAll('&', '&amp;')
  fs.writeFileSync(file, `<meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${target}">`, {
    mode: 0o600,
  })
  const child = spawn(opener, [file], { detached: true, stdio: 'ignore' })
  child.on('error', () => console.log(`${opener} could not be run; open the address by hand.`))
  child.unref()
}

function findOpener(): string | null {
  const { env, platform } = process
  if (env['VSCODE_IPC_HOOK_CLI'] !== undefined) return null // Its $BROWSER takes no files; a click on the address does it.
  if (env['BROWSER'] !== undefined && env['BROWSER'] !== '') return env['BROWSER']
  if (platform === 'darwin') return 'open'
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? 'xdg-open' : null
}
