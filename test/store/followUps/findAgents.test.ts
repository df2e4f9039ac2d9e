import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { agentSettings } from '../../../src/core/followUps/agentSettings'
import { findAgents } from '../../../src/store/followUps/findAgents'
import { changeSetting, readSettings, settingsOf } from '../../../src/store/settingsFile'
import { readMarker, readReport } from '../../../src/store/followUps/readReport'
import { StateFolder } from '../../../src/store/stateFolder'
import { jobAfter, jobId } from '../../support/jobs'

let root = ''
beforeEach(() => void (root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-find-')))))
afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

function put(file: string, mode = 0o755): string {
  const whole = path.join(root, file)
  fs.mkdirSync(path.dirname(whole), { recursive: true })
  fs.writeFileSync(whole, '#!/bin/sh\n', { mode })
  return whole
}

test('an agent is found on the PATH first, then where its installer puts it; what cannot be run is none', () => {
  const local = put('.local/bin/claude')
  put('a/claude', 0o644)
  fs.mkdirSync(path.join(root, 'b/claude'), { recursive: true })
  const env = { HOME: root, PATH: `${root}/a:${root}/b:relative:` }
  expect(findAgents(env).claude).toBe(local)
  const onPath = put('c/claude')
  expect(findAgents({ ...env, PATH: `${env.PATH}:${root}/c` }).claude).toBe(onPath)
  put('.nvm/versions/node/v9.1.0/bin/codex')
  const newest = put('.nvm/versions/node/v20.1.0/bin/codex')
  expect(findAgents(env).codex).toBe(newest)
})

test('settings are kept, refused and forgotten by name; what a newer version has set stays', () => {
  const state = StateFolder.open(path.join(root, 'state'))
  expect(settingsOf(state)).toEqual(agentSettings)
  fs.writeFileSync(state.settings, '{"v":1,"relay.future":true,"relay.followUps.timeLimitMinutes":"x"}')
  changeSetting(state, 'relay.followUps.agent', 'codex')
  expect(settingsOf(state)).toEqual({ ...agentSettings, 'relay.followUps.agent': 'codex' })
  expect(readSettings(state).problems).toEqual([
    `${state.settings}: relay.future is not known here.`,
    `${state.settings}: relay.followUps.timeLimitMinutes wants a whole number from 1 to 1440, not "x".`,
  ])
  expect(() => changeSetting(state, 'relay.followUps.agent', 'gpt')).toThrow('wants one of auto, claude')
  changeSetting(state, 'relay.followUps.agent', undefined)
  expect(JSON.parse(fs.readFileSync(state.settings, 'utf8'))).not.toHaveProperty(['relay.followUps.agent'])
  fs.writeFileSync(state.settings, 'not JSON')
  expect(settingsOf(state)).toEqual(agentSettings)
  expect(() => changeSetting(state, 'relay.followUps.agent', 'codex')).toThrow('cannot be used')
})

test('an answer file is the report and says how it ends, wherever else a marker stands; without one the log does', () => {
  const paths = StateFolder.open(path.join(root, 'state'))
    .folder('f' as never)
    .job(jobId)
  const job = jobAfter([{ type: 'approved', approval: { digest: 'd', how: 'asked' } }])
  const attempt = paths.attempt(1)
  fs.mkdirSync(attempt.directory, { recursive: true })
  fs.writeFileSync(attempt.log, 'From the log.\n[[task:done]]\n')
  expect(readReport({ job, paths })).toContain('From the log.')
  expect(readMarker(attempt)).toBe('done')
  fs.writeFileSync(
    attempt.answer,
    'An example:\n```\n[[task:done]]\n```\nIt is \u001b[31mred\u001b[0m.\n[[task:blocked]]\nPlease help.\n',
  )
  expect(readMarker(attempt)).toBe('blocked')
  expect(readReport({ job, paths })).toContain('It is red.')
  fs.writeFileSync(attempt.answer, '```\n[[task:done]]\n```\nNothing more.\n')
  expect(readMarker(attempt)).toBe('unmarked')
})
