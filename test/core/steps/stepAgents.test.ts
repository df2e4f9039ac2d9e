import { expect, test } from 'vitest'
import type { Agent } from '../../../src/core/followUps/agent'
import { readerOf, workerOf } from '../../../src/core/steps/stepAgents'

const limits = { timeLimitSec: 60, waitLimitSec: 60, otherwise: 'builtin', reason: 'setting' } as const
const claude: Agent = {
  ...{ kind: 'claude', program: '/bin/claude', permissionMode: 'bypassPermissions', resumes: true, ...limits },
  args: ['--allowedTools=Bash', '--dangerously-skip-permissions', '--allowed-tools', 'Edit', '--verbose'],
}
const codex: Agent = {
  ...{ kind: 'codex', program: '/bin/codex', permissionMode: 'danger-full-access', ...limits },
  args: ['--yolo', '-s', 'danger-full-access', '-c', 'x=1', '-c', 'sandbox_mode=danger-full-access'],
}

test('who only answers can only read, whatever the person allows to who works', () => {
  expect(readerOf(claude)).toMatchObject({
    permissionMode: 'default',
    args: ['--verbose', '--disallowedTools', expect.stringContaining('Bash,Edit') as string],
    otherwise: 'wait',
  })
  expect(readerOf(claude)).not.toHaveProperty('resumes')
  expect(readerOf(codex)).toMatchObject({ permissionMode: 'read-only', args: ['-c', 'x=1'] })
  expect(readerOf({ kind: 'command', argv: ['x'], ...limits })).toBeNull()
  expect(readerOf({ kind: 'builtin' })).toBeNull()
})

test('who works is as the person has it, and nobody else answers in its place', () => {
  expect(workerOf(claude)).toMatchObject({ permissionMode: 'bypassPermissions', otherwise: 'wait' })
  expect(workerOf({ kind: 'vscode', ...limits })).toBeNull()
})
