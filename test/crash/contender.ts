// One of several processes that want to lead: `contender KIND FILE` tries until it does, says so, and stays until killed.
// Bundled by the test. KIND `lock` is the real lock; `pid-file` is the control, the election that everybody writes first.
import fs from 'node:fs'
import { acquireLock } from '../../src/store/lock'

const [kind, file = ''] = process.argv.slice(2)
const pauseMs = 20

/** Leads if the file names nobody who is alive. Two who look at the same time both find that. */
function leadByPidFile(): boolean {
  const pid = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0
  if (pid > 0 && fs.existsSync(`/proc/${pid}`)) return false
  fs.writeFileSync(file, String(process.pid))
  return true
}

/** What is held is kept here: a lock that is collected as garbage would be no lock. */
const held: unknown[] = []

function leadByLock(): boolean {
  const lock = acquireLock(file)
  if (lock !== null) held.push(lock)
  return lock !== null
}

let attempts = 0
function tryToLead(): void {
  if (kind === 'pid-file' ? leadByPidFile() : leadByLock()) {
    process.stdout.write('leads\n')
    setInterval(() => held.length, 60_000)
    return
  }
  attempts += 1
  if (attempts === 1) process.stdout.write('contends\n')
  setTimeout(tryToLead, pauseMs)
}

tryToLead()
