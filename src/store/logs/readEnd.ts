// The last few lines of a log, at once: for the supervisor's looks, which must not wait.
import fs from 'node:fs'
import { renderTerminalLines } from '../../core/logs/terminalText'

/** The lines in the last `bytes` bytes of a file, as a terminal would have left them; none if it cannot be read. */
export function readEnd(file: string, bytes: number): readonly string[] {
  let fd: number
  try {
    fd = fs.openSync(file, 'r')
  } catch {
    return [] // Nothing was written yet.
  }
  try {
    const { size } = fs.fstatSync(fd)
    const buffer = Buffer.alloc(Math.min(size, bytes))
    const read = fs.readSync(fd, buffer, 0, buffer.length, size - buffer.length)
    return renderTerminalLines(buffer.toString('utf8', 0, read))
  } finally {
    fs.closeSync(fd)
  }
}
