import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { followLog, type FollowOptions } from '../../../src/store/logs/followLog'

const folder = mkdtempSync(join(tmpdir(), 'relay-follow-'))
afterAll(() => rmSync(folder, { recursive: true }))
const ends: (() => void)[] = []
afterEach(() => ends.splice(0).forEach((end) => end()))
let files = 0
const newPath = (): string => join(folder, `${++files}.log`)

/** A follower whose yields are collected as they come. */
function follow(path: string, options: Partial<FollowOptions> = {}) {
  const controller = new AbortController()
  const complete = new AbortController()
  ends.push(() => controller.abort())
  const chunks: string[] = []
  const changed = new EventTarget()
  const done = (async () => {
    const settings = { from: 0, signal: controller.signal, complete: complete.signal, ...options }
    for await (const chunk of followLog(path, settings)) {
      chunks.push(chunk)
      changed.dispatchEvent(new Event('chunk'))
    }
  })()
  const until = (wanted: (text: string) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (wanted(chunks.join(''))) resolve()
      }
      changed.addEventListener('chunk', check)
      check()
    })
  return {
    chunks,
    done,
    until,
    text: () => chunks.join(''),
    stop: () => controller.abort(),
    complete: () => complete.abort(),
  }
}

describe('followLog', () => {
  it('yields what is there and what is appended, until it is stopped', async () => {
    const path = newPath()
    writeFileSync(path, 'one\n')
    const log = follow(path)
    await log.until((text) => text === 'one\n')
    appendFileSync(path, 'two\n')
    await log.until((text) => text === 'one\ntwo\n')
    log.stop()
    await log.done
  })

  it('waits for a file that is not there yet, even its directory', async () => {
    const path = newPath()
    const log = follow(path, { pollMs: 20 })
    writeFileSync(path, 'now\n')
    await log.until((text) => text === 'now\n')
    const nowhere = follow(join(folder, 'no', 'such.log'), { pollMs: 20 })
    nowhere.complete()
    await nowhere.done
    expect(nowhere.chunks).toEqual([])
  })

  it('begins at an offset, skipping the rest of a character', async () => {
    const path = newPath()
    writeFileSync(path, '漢字')
    const log = follow(path, { from: 1 })
    log.complete()
    await log.done
    expect(log.text()).toBe('字')
  })

  it('reads to the end when the job is over, and ends', async () => {
    const path = newPath()
    writeFileSync(path, Buffer.concat([Buffer.from('x'.repeat(200_000)), Buffer.from('漢').subarray(0, 2)]))
    const log = follow(path)
    log.complete()
    await log.done
    expect(log.text()).toBe(`${'x'.repeat(200_000)}\ufffd`)
    expect(Math.max(...log.chunks.map((chunk) => Buffer.byteLength(chunk)))).toBeLessThanOrEqual(65_536)
  })

  it('never cuts a character, whatever pieces it is written in', async () => {
    const path = newPath()
    writeFileSync(path, '')
    const log = follow(path)
    const text = '漢😀é'
    for (const byte of Buffer.from(text)) {
      appendFileSync(path, Buffer.from([byte]))
      await new Promise(setImmediate)
    }
    log.complete()
    await log.done
    expect(log.text()).toBe(text)
  })

  it('starts again when the file was cut, and says so', async () => {
    const path = newPath()
    writeFileSync(path, 'old old old')
    const log = follow(path)
    await log.until((text) => text === 'old old old')
    truncateSync(path, 0)
    await log.until((text) => text.includes('cut'))
    appendFileSync(path, 'new\n')
    await log.until((text) => text.endsWith('new\n'))
    expect(log.text()).toBe('old old old\n[relay] The log was cut; it follows from its start.\nnew\n')
  })

  it('follows a file that took its place', async () => {
    const path = newPath()
    writeFileSync(path, 'old\n')
    const log = follow(path)
    await log.until((text) => text === 'old\n')
    writeFileSync(`${path}.new`, 'a longer new one\n')
    renameSync(`${path}.new`, path)
    await log.until((text) => text.endsWith('new one\n'))
    expect(log.text()).toBe('old\n[relay] The log was replaced; it follows from its start.\na longer new one\n')
  })

  it('skips ahead to a whole line when it is too far behind, unless told not to', async () => {
    const path = newPath()
    const line = `${'x'.repeat(98)}\n`
    writeFileSync(path, line.repeat(100_000))
    const log = follow(path)
    log.complete()
    await log.done
    expect(log.chunks[0]).toMatch(/^\[relay\] Skipped \d+ bytes: the log grows faster than it is read\.\n$/)
    expect(log.chunks[1]?.startsWith(line)).toBe(true)
    const skipped = Number(/\d+/.exec(log.chunks[0] ?? '')?.[0])
    expect(skipped + log.chunks.slice(1).join('').length).toBe(9_900_000)
    const whole = follow(path, { skipWhenBehind: false })
    whole.complete()
    await whole.done
    expect(whole.text().length).toBe(9_900_000)
  })

  it('ends with the reason when the path cannot be read', async () => {
    const log = follow(folder)
    await log.done
    expect(log.text()).toBe(`[relay] Cannot read ${folder}: it is a directory.\n`)
  })

  it('ends at once when it is stopped before it begins', async () => {
    const log = follow(newPath(), { signal: AbortSignal.abort() })
    await log.done
    expect(log.chunks).toEqual([])
  })
})
