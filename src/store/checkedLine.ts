// One record a line, each with a checksum: a torn or flipped line is noticed, and is the only one that is lost.
import { crc32 } from 'node:zlib'

const prefix = '{"crc":"'
/** The prefix, eight hex digits, `",`. */
const headLength = prefix.length + 10

/** `{"crc":"<8 hex>",…}` and a newline; the checksum is the CRC-32 of everything after it. `value` must not be empty. */
export function renderCheckedLine(value: object): string {
  const body = JSON.stringify(value).slice(1)
  return `${prefix}${checksum(body)}",${body}\n`
}

/** Splits a file into its complete lines, without their newlines. */
export function splitLines(data: Buffer): Buffer[] {
  const lines: Buffer[] = []
  let start = 0
  for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a, start)) {
    lines.push(data.subarray(start, end))
    start = end + 1
  }
  return lines
}

/** The value of a line without its newline, or undefined if the line is not byte for byte what was written. */
export function parseCheckedLine(line: Buffer): unknown {
  const head = line.toString('latin1', 0, headLength)
  if (!head.startsWith(prefix) || !head.endsWith('",')) return undefined
  const body = line.subarray(headLength)
  if (checksum(body) !== head.slice(prefix.length, prefix.length + 8)) return undefined
  try {
    return JSON.parse(`{${body.toString('utf8')}`) as unknown
  } catch {
    return undefined // A line with a right checksum that is not JSON was never written by us.
  }
}

function checksum(text: string | Buffer): string {
  return crc32(text).toString(16).padStart(8, '0')
}
