// Finding the extension hosts of a server: the processes that run extensions, one per window.
import type { ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import { processStartTime } from '../../../src/store/processIdentity'

/** The extension hosts among the children of a server, by identity. */
export function extensionHostsOf(server: ChildProcess): { pid: number; startTime: string }[] {
  return fs.readdirSync('/proc').flatMap((name) => {
    const pid = Number(name)
    if (!Number.isInteger(pid)) return []
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, 'latin1')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      const isHost = fs.readFileSync(`/proc/${name}/cmdline`, 'latin1').includes('--type=extensionHost')
      const startTime = isHost && parent === server.pid ? processStartTime(pid) : null
      return startTime === null ? [] : [{ pid, startTime }]
    } catch {
      return [] // It ended while we looked.
    }
  })
}
