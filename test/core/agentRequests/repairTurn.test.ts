// What an agent is told about its block, and the command that tells it.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { renderRepairCommand, renderRepairPrompt } from '../../../src/core/agentRequests/repairTurn'
import { transcriptAgents } from '../../../src/core/transcripts/turn'

test('the agent is told each error on a line of its own, and what to answer', () => {
  const prompt = renderRepairPrompt(['2:3 A comma\nis missing.', ...Array.from({ length: 30 }, (_, n) => `${n}`)])
  expect(prompt).toContain('- 2:3 A comma is missing.\n')
  expect(prompt).toContain('… and 11 more')
  expect(prompt).toContain('[[task:blocked]]')
})

test('the command gives the agent exactly the prompt, whatever is in it', () => {
  const bin = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-repair-'))
  for (const agent of transcriptAgents)
    fs.writeFileSync(path.join(bin, agent), '#!/bin/sh\necho "$*"\ncat\n', { mode: 0o755 })
  const prompt = `$(touch x) \`touch y\` "$HOME" 'z' \\\nRELAY_ERRORS\nRELAY_ERRORS_\nend`
  const run = (agent: 'claude' | 'codex') =>
    execFileSync('sh', ['-c', renderRepairCommand(agent, "a'b", prompt)], {
      encoding: 'utf8',
      env: { PATH: `${bin}:/usr/bin:/bin` },
    })
  expect(run('claude')).toBe(`-p --resume a'b\n${prompt}\n`)
  expect(run('codex')).toBe(`exec --skip-git-repo-check --sandbox read-only resume a'b -\n${prompt}\n`)
  fs.rmSync(bin, { recursive: true })
})
