// Logs of jobs at a distance, read by the very script that is sent there, of more jobs than are read in one look.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { AttemptPaths } from '../../../src/store/jobPaths'
import { type RemoteFile, renderLook, takeLook } from '../../../src/supervisor/backends/slurm/remoteFiles'

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-test-remote-'))
afterEach(() => fs.rmSync(home, { recursive: true, force: true }))

function makeJob(at: number, bytes: number, isAwaited: boolean): RemoteFile {
  const name = `job-${at}`
  const there = path.join(home, '.local/state/relay-jobs/slurm', name)
  fs.mkdirSync(there, { recursive: true })
  fs.writeFileSync(path.join(there, 'output.log'), `log of ${at}\n`.padStart(bytes, '.'))
  const copy = path.join(home, 'copies', name)
  return { name, paths: new AttemptPaths(copy, copy), output: null, isAwaited }
}

function look(files: readonly RemoteFile[], turn: number) {
  const stdout = execFileSync('sh', {
    input: renderLook(['true'], files, turn),
    env: { HOME: home, PATH: process.env['PATH'] ?? '' },
    maxBuffer: 64 * 1024 * 1024,
    encoding: 'utf8',
  })
  return takeLook(stdout, files, 0)
}

test('the log of one that has ended is read first, whoever else is there, and whose was read is said', () => {
  const files = Array.from({ length: 230 }, (_, at) => makeJob(at, 0, at >= 225))
  const first = look(files, 0)
  expect(first.queueCode).toBe(0)
  expect(first.logsRead.size).toBe(200)
  for (const { name, paths, isAwaited } of files) {
    if (isAwaited) expect(first.logsRead).toContain(name)
    expect(fs.existsSync(paths.log), name).toBe(first.logsRead.has(name))
  }
  // The others have their turns.
  const running = files.map((file) => ({ ...file, isAwaited: false }))
  const later = [1, 2].flatMap((turn) => [...look(running, turn).logsRead])
  expect(new Set([...first.logsRead, ...later]).size).toBe(files.length)
  files.forEach(({ paths }, at) => expect(fs.readFileSync(paths.log, 'utf8')).toBe(`log of ${at}\n`))
})

test('no more is read in one look than a connection bears', () => {
  const files = Array.from({ length: 40 }, (_, at) => makeJob(at, 256 * 1024, false))
  const { logsRead } = look(files, 0)
  expect(logsRead.size).toBe(28)
})
