// When scancel is asked for a job that is to be cancelled, with times that are given.
import { expect, test } from 'vitest'
import { Cancels, isForgotten } from '../../../src/supervisor/backends/slurm/cancels'

/** Wants a job cancelled four times a second, as whoever stops it does; when scancel was asked, in seconds. */
function askedAt(forSec: number, isTaken: (atSec: number) => boolean): number[] {
  const cancels = new Cancels()
  const asked: number[] = []
  for (let atMs = 0; atMs <= forSec * 1000; atMs += 250) {
    cancels.want('17', atMs)
    const ids = cancels.due(atMs)
    if (ids.length === 0) continue
    asked.push(atMs / 1000)
    cancels.asked(ids, atMs)
    if (isTaken(atMs / 1000)) cancels.done(ids)
  }
  return asked
}

test('a job is cancelled at once, and again ever more rarely while it goes on', () => {
  expect(askedAt(80, () => true)).toEqual([0, 10, 30, 70])
})

test('a wish that the controller did not hear is kept, though it is uttered once', () => {
  const cancels = new Cancels()
  expect(cancels.want('17', 0)).toBe(true)
  expect(cancels.due(0)).toEqual(['17'])
  cancels.asked(['17'], 0)
  expect(cancels.due(9_999)).toEqual([])
  expect(cancels.due(10_000)).toEqual(['17'])
  cancels.asked(['17'], 10_000)
  cancels.done(['17'])
  expect(cancels.due(1e9)).toEqual([])
})

test('what is no number of a job is never a word of scancel', () => {
  const cancels = new Cancels()
  expect(cancels.want('-u', 0)).toBe(false)
  expect(cancels.want('17_3', 0)).toBe(true)
  expect(cancels.due(0)).toEqual(['17_3'])
})

test('one that is gone need not be cancelled', () => {
  expect(
    isForgotten('scancel ended with 1: scancel: error: Kill job error on job id 17: Invalid job id specified'),
  ).toBe(true)
  expect(isForgotten('scancel ended with 1: scancel: error: Unable to contact slurm controller')).toBe(false)
})
