// Which files are fetched from elsewhere.
import { describe, expect, test } from 'vitest'
import { chooseFiles, fetchLimits, isPathInside, readGlobs } from '../../../src/core/tracking/chooseFiles'

const file = (path: string, bytes = 10, atMs = 100_000) => ({ path, bytes, atMs })

test('no name from elsewhere leads out of the folder that gets it', () => {
  for (const path of ['../x', 'a/../../x', '/etc/passwd', 'a//b', './a', '', 'a/', 'a\0b', '.', 'a'.repeat(300)])
    expect(isPathInside(path), path).toBe(false)
  for (const path of ['a', 'a b/$(c).json', '-rf', '..a/b', 'a\nb', '~']) expect(isPathInside(path), path).toBe(true)
  expect(chooseFiles([file('../x'), file('a.json')], null)).toMatchObject({
    files: [{ path: 'a.json' }],
    lost: ['Not fetched: 1 file whose names cannot be used here.'],
  })
})

describe('of what was found', () => {
  test('older files are of another run, and no loss', () => {
    const chosen = chooseFiles([file('old.json', 1, 1_000), file('new.json', 1, 50_000)], 40_000)
    expect(chosen).toMatchObject({ files: [{ path: 'new.json' }], lost: [], older: 1 })
  })
  test('the newest are taken as far as there is room, and the others are named', () => {
    const many = Array.from({ length: fetchLimits.files + 3 }, (_, at) => file(`${at}.json`, 1, at))
    const { files, lost } = chooseFiles(many, null)
    expect(files).toHaveLength(fetchLimits.files)
    expect(files[0]?.path).toBe('3.json')
    expect(lost).toEqual(['Of 203 files the newest 200 were fetched.'])
    const large = Array.from({ length: 6 }, (_, at) => file(`${at}.csv`, fetchLimits.fileBytes * 2, at))
    expect(chooseFiles(large, null)).toMatchObject({
      files: [{ path: '2.csv' }, { path: '3.csv' }, { path: '4.csv' }, { path: '5.csv' }],
      lost: [expect.stringContaining('1.csv was not fetched'), expect.stringContaining('0.csv was not fetched')],
    })
  })
  test('a half of a JSON file is nothing', () => {
    expect(chooseFiles([file('a.json', fetchLimits.fileBytes + 1)], null)).toMatchObject({
      files: [],
      lost: [`a.json was not fetched: it has ${fetchLimits.fileBytes + 1} bytes.`],
    })
  })
})

test('a file is looked for by any of its names; a pattern that cannot be used is told', () => {
  const { fits, problems } = readGlobs(['eval/*.csv', 'x'.repeat(201)])
  expect(fits('out/eval/a.csv', 'eval/a.csv')).toBe(true)
  expect(fits('out/eval/a.csv')).toBe(false)
  expect(problems).toHaveLength(1)
  expect(readGlobs([]).fits('deep/in/metrics.json')).toBe(true)
})
