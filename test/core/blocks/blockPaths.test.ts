// Which files a block speaks of, and where: what an editor makes links of.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pathsIn } from '../../../src/core/blocks/blockPaths'
import { badText } from './badText'

const body = (fields: object): string => JSON.stringify({ actions: [{ type: 'job_start', ...fields }] })
const named = (text: string): string[] => pathsIn(text, false).map(({ path, role }) => `${role} ${path}`)
const inCommand = (command: string): string[] => pathsIn(body({ command }), false).map(({ path }) => path)

describe('the paths of a block', () => {
  it('are its required and checked files, and the names of files in commands and tasks', () => {
    const text = body({
      command: 'python3 train.py --out=exp/r1/metrics.json > logs/train.log 2>&1',
      preflight: { checks: [{ type: 'path_exists', path: 'data' }] },
      watch: { requireFiles: ['exp/r1/metrics.json', 'made'], thenTask: 'Read logs/train.log, then ./notes.md.' },
    })
    expect(named(text)).toEqual([
      'mentioned train.py',
      'mentioned exp/r1/metrics.json',
      'mentioned logs/train.log',
      'checked data',
      'required exp/r1/metrics.json',
      'required made',
      'mentioned logs/train.log',
      'mentioned ./notes.md',
    ])
    for (const { path, start, end } of pathsIn(text, false)) expect(text.slice(start, end)).toBe(path)
  })

  it('stand where their characters do, behind escapes too', () => {
    const text = String.raw`{"actions":[{"command":"echo \"\u0041\" \\ > a/b.log","watch":{"requireFiles":"c\/d.json"}}]}`
    expect(pathsIn(text, false).map(({ start, end }) => text.slice(start, end))).toEqual([
      'a/b.log',
      String.raw`c\/d.json`,
    ])
    expect(pathsIn(text, false)[1]?.path).toBe('c/d.json')
  })

  it('are found in a quote', () => {
    const text = '\n> {"actions":[\n> {"command":"cat a.log"}]}\n> '
    expect(pathsIn(text, true).map(({ start, end }) => text.slice(start, end))).toEqual(['a.log'])
  })

  it.each([
    ['an address', 'curl https://example.org/a/b.json', []],
    ['a variable', 'cat $HOME/a.log ${DIR}/b.log $DIR.log', []],
    ['a pattern', 'cat logs/*.log run?.log', []],
    ['the home folder', 'cat ~/a.log', []],
    ['a number and an abbreviation without letters', 'sleep 0.5; lr=3e-4', []],
    ['a quoted name', `cat 'a.log' "b.log"`, ['a.log', 'b.log']],
    ['an absolute path', 'cat /data/a.log', ['/data/a.log']],
    ['a folder above', 'cat ../a.log', ['../a.log']],
  ])('of a command: %s', (_, command, expected) => {
    expect(inCommand(command)).toEqual(expected)
  })

  it('are none while the JSON has mistakes, and inside of any text', () => {
    expect(pathsIn('{"actions":[{"command":"cat a.log"', false)).toEqual([])
    fc.assert(
      fc.property(badText, fc.boolean(), (text, inQuote) => {
        for (const { start, end } of pathsIn(text, inQuote)) {
          expect(start).toBeLessThanOrEqual(end)
          expect(end).toBeLessThanOrEqual(text.length)
        }
      }),
      { numRuns: 500 },
    )
  })
})
