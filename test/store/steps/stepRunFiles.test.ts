import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stepRunKind } from '../../../src/core/steps/stepRun'
import { JournalWriter } from '../../../src/store/journal'
import { folderKey, StateFolder } from '../../../src/store/stateFolder'
import { StepRunFollower } from '../../../src/store/steps/stepRunFiles'
import { renderUndertakingSpec, undertakingEventSchema } from '../../../src/store/undertakings/undertakingFiles'
import { PlayedSteps } from '../../support/playedSteps'

let root: string
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-runs-'))
})
afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

test('a run that is followed is read again only when something has happened, and is gone when it was removed', () => {
  const folder = StateFolder.open(path.join(root, 'state')).folder(folderKey('/w'))
  const played = new PlayedSteps('step_1_s:\n  main: {script: "run.sh", timeout: 60}\n')
  const { spec } = played
  const { directory, spec: specFile, journal } = folder.undertaking(spec.id)
  const follower = new StepRunFollower(folder, spec.id)
  expect(follower.read()).toBeNull()
  fs.mkdirSync(directory, { recursive: true })
  fs.writeFileSync(specFile, renderUndertakingSpec(spec))
  const { writer } = JournalWriter.open(journal, 'b', undertakingEventSchema(stepRunKind))
  const keep = (from: number) => {
    for (const { atMs, event } of played.events.slice(from)) writer.append([event], atMs)
    return played.events.length
  }
  const kept = keep(0)
  const first = follower.read()
  expect(first?.events).toEqual(played.events)
  expect(follower.read()).toBe(first)
  played.settle()
  keep(kept)
  const second = follower.read()
  expect(second?.events).toEqual(played.events)
  expect(second?.run).toEqual(played.run)
  expect(follower.read()).toBe(second)
  fs.rmSync(directory, { recursive: true })
  expect(follower.read()).toBeNull()
})

test('of a run that is followed only what was appended is read, and all of it when that does not fit', () => {
  const folder = StateFolder.open(path.join(root, 'state')).folder(folderKey('/w'))
  const played = new PlayedSteps('step_1_s:\n  main: {script: "run.sh", timeout: 60}\n')
  const { spec } = played
  const { directory, spec: specFile, journal } = folder.undertaking(spec.id)
  fs.mkdirSync(directory, { recursive: true })
  fs.writeFileSync(specFile, renderUndertakingSpec(spec))
  const { writer } = JournalWriter.open(journal, 'b', undertakingEventSchema(stepRunKind))
  const keep = (from: number) => {
    for (const { atMs, event } of played.events.slice(from)) writer.append([event], atMs)
    return played.events.length
  }
  let kept = keep(0)
  const follower = new StepRunFollower(folder, spec.id)
  const first = follower.read()
  played.settle()
  kept = keep(kept)
  const second = follower.read()
  expect(second?.events[0], 'what was read is the same').toBe(first?.events[0])
  expect(second?.events).toEqual(played.events)
  expect(second?.run).toEqual(played.run)

  // A line that is being written is no line yet.
  played.end('main').settle()
  const before = fs.readFileSync(journal)
  keep(kept)
  const whole = fs.readFileSync(journal)
  fs.writeFileSync(journal, whole.subarray(0, before.length + 20))
  expect(follower.read()?.events).toHaveLength(kept)
  fs.writeFileSync(journal, whole)
  expect(follower.read()?.run).toEqual(played.run)
  // Another journal in its place.
  fs.rmSync(journal)
  fs.writeFileSync(journal, before)
  expect(follower.read()?.events).toHaveLength(kept)
})
