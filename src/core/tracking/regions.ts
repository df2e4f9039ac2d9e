// Marked regions of a document or of a pull request's text that a person and a track share. The end marker of a region carries a seal:
// what relay wrote there last. So a region that a person has edited is known, and left to them, as one that they have removed is.

export interface Region {
  /** In our own alphabet. */
  readonly name: string
  /** Lines that end with `\n`, or nothing. */
  readonly text: string
  /** `boxes`: a list of tasks in which only boxes change, from open to ticked. */
  readonly kind: 'text' | 'boxes'
}

export interface RegionsResult {
  readonly text: string
  /** Regions that were not brought up to date, and why: a sentence each. */
  readonly notes: readonly string[]
}

/** A region as it is put into a new text. */
export function placeRegion(track: string, region: Region): string {
  const seal = region.kind === 'boxes' ? sealOfBoxes(tickedLabels(region.text)) : sealOf(region.text)
  return `${beginMarker(track, region.name)}\n${region.text}${endMarker(track, region.name, seal)}\n`
}

/** Brings the regions of `text` up to date. Every byte outside of them stays; the same asked for twice changes nothing. */
export function updateRegions(text: string, track: string, regions: readonly Region[]): RegionsResult {
  const notes: string[] = []
  let now = text
  for (const region of regions) {
    const place = findRegion(now, track, region.name)
    if (place === null) {
      notes.push(`The part “${region.name}” was taken out by somebody, so it is left out.`)
      continue
    }
    const lineEnd = now.slice(place.start - 2, place.start) === '\r\n' ? '\r\n' : '\n'
    const before = now.slice(place.start, place.end)
    const next =
      region.kind === 'boxes'
        ? tickBoxes(before, place.seal, region.text)
        : replaceText(before, place.seal, region.text)
    if (next.note !== null) notes.push(`The part “${region.name}” ${next.note}`)
    if (next.text === before.replaceAll('\r\n', '\n') && next.seal === place.seal) continue
    const body = next.text.replaceAll('\n', lineEnd)
    now = now.slice(0, place.start) + body + endMarker(track, region.name, next.seal) + now.slice(place.after)
  }
  return { text: now, notes }
}

export function hasRegion(text: string, track: string, name: string): boolean {
  return findRegion(text, track, name) !== null
}

interface Change {
  /** With `\n` alone. */
  readonly text: string
  readonly seal: string
  readonly note: string | null
}

function replaceText(before: string, seal: string, text: string): Change {
  const plain = before.replaceAll('\r\n', '\n')
  if (sealOf(plain) === seal) return { text, seal: sealOf(text), note: null }
  // What they have made of it is what would be written now: it is relay's again.
  if (plain === text) return { text, seal: sealOf(text), note: null }
  return { text: plain, seal, note: 'was edited by somebody, so it is left as it is.' }
}

/** Each box of ours is found by its words. A person may add, move and reword lines, tick boxes, and take a tick back. */
function tickBoxes(before: string, seal: string, wanted: string): Change {
  const lines = before.replaceAll('\r\n', '\n').split('\n')
  const ticked = new Set(seal.split('.'))
  const untaken: string[] = []
  for (const label of tickedLabels(wanted)) {
    const at = findBox(lines, label)
    const line = lines[at]
    const box = line === undefined ? null : boxOf(line)
    if (line === undefined || box === null) continue
    const key = keyOf(box.label)
    if (box.isTicked) ticked.add(key)
    else if (ticked.has(key)) untaken.push(label)
    else {
      lines[at] = line.replace('[ ]', '[x]')
      ticked.add(key)
    }
  }
  const note =
    untaken.length === 0
      ? null
      : `has ${untaken.length === 1 ? 'a tick' : 'ticks'} that somebody took back: ${untaken.length === 1 ? 'it is' : 'they are'} not set again.`
  return { text: lines.join('\n'), seal: joinKeys([...ticked]), note }
}

/** That of the one job, too, if it was known by another id when the text was made. */
function findBox(lines: readonly string[], label: string): number {
  const exact = lines.findIndex((line) => boxOf(line)?.label === label)
  const ofJob = /^Job .+ completes successfully$/
  if (exact >= 0 || !ofJob.test(label)) return exact
  const ofJobs = lines.flatMap((line, at) => (ofJob.test(boxOf(line)?.label ?? '') ? [at] : []))
  return ofJobs.length === 1 ? (ofJobs[0] ?? -1) : -1
}

function boxOf(line: string): { readonly isTicked: boolean; readonly label: string } | null {
  const [, mark, label] = /^[\t ]*[-*+] \[([ xX])\] (.*)$/.exec(line) ?? []
  return mark === undefined || label === undefined ? null : { isTicked: mark !== ' ', label: label.trimEnd() }
}

function tickedLabels(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const box = boxOf(line)
    return box?.isTicked === true ? [box.label] : []
  })
}

function sealOfBoxes(labels: readonly string[]): string {
  return joinKeys(labels.map(keyOf))
}

function joinKeys(keys: readonly string[]): string {
  const real = [...new Set(keys)].filter((key) => key !== '' && key !== 'none').sort()
  return real.length === 0 ? 'none' : real.join('.')
}

function keyOf(label: string): string {
  return hash(label)
}

/** What editors change of themselves does not count: line ends, blanks at the ends of lines, empty lines at both ends. */
function sealOf(text: string): string {
  return hash(
    text
      .split(/\r?\n/)
      .map((line) => line.trimEnd())
      .join('\n')
      .trim(),
  )
}

function beginMarker(track: string, name: string): string {
  return `<!-- relay:${name} ${track} -->`
}

function endMarker(track: string, name: string, seal: string): string {
  return `<!-- /relay:${name} ${track} ${seal} -->`
}

/** Whether that track has a region in it, whole or not. */
export function namesTrack(text: string, track: string): boolean {
  return text.split(/\r?\n/).some((line) => {
    const [, of] = /^<!-- \/?relay:[a-z-]+ ([a-z0-9-]+)(?: \S+)? -->$/.exec(line.trimEnd()) ?? []
    return of === track
  })
}

interface Place {
  readonly start: number
  readonly end: number
  /** Behind the end marker itself; its line end is not ours. */
  readonly after: number
  readonly seal: string
}

/** The first of that name. A marker stands alone in its line; in a fence that somebody left open it counts, too. */
function findRegion(text: string, track: string, name: string): Place | null {
  const begin = beginMarker(track, name)
  let start: number | null = null
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at)
    const next = newline < 0 ? text.length : newline + 1
    const line = text.slice(at, next).trimEnd()
    if (start === null) {
      if (line === begin && newline >= 0) start = next
    } else {
      const [, ended, of, seal] = /^<!-- \/relay:([a-z-]+) ([a-z0-9-]+) (\S+) -->$/.exec(line) ?? []
      if (ended === name && of === track && seal !== undefined) return { start, end: at, after: at + line.length, seal }
    }
    at = next
  }
  return null
}

/** 64 bits of FNV-1a: it tells apart what was written from what was not, and keeps no secret. */
function hash(text: string): string {
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (let at = 0; at < text.length; at++) {
    low = (low ^ text.charCodeAt(at)) >>> 0
    // Times 0x100000001b3, in halves that a number can hold.
    const product = low * 0x1b3
    high = (high * 0x1b3 + low * 0x100 + Math.floor(product / 0x100000000)) % 0x100000000
    low = product >>> 0
  }
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
