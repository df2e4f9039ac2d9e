// One record a line, each with a checksum: a torn or flipped line is noticed, and is the only one that is lost.
import { crc32 } from 'node:zlib'

const prefix = '{"crc":"'

/** `{"crc":"<8 hex>",…}` and a newline; the checksum is the CRC-32 of everything after it. `value` must not be empty. */
export function renderCheckedLine(value: object): string {
  const body = JSON.stringify(value).slice(1)
  return `${prefix}${checksum(body)}",${body}\n`
}

/** The value of a line without its newline, or undefined if the line is not exactly what was written. */
export function parseCheckedLine(line: string): unknown {
  if (!line.startsWith(prefix) || line.slice(16, 18) !== '",') return undefined
  const body = line.slice(18)
  if (checksum(body) !== line.slice(8, 16)) return undefined
  try {
    return JSON.parse(`{${body}`) as unknown
  } catch {
    return undefined // A line with a right checksum that is not JSON was never written by us.
  }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}
