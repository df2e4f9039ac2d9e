// The control: the supervisor that everybody writes first. It starts a command and then records that it did; it saves
// `done`, notifies, and then queues the callback. In the harness of the real one it must be caught.
// usage: node supervisor.mjs supervise ROOT
import { spawn } from 'node:child_process'
import { appendFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = process.argv[3]
const jobs = path.join(root, 'jobs')
const callbacks = []

writeFileSync(path.join(root, 'supervisor.pid'), String(process.pid))

function save(job) {
  const file = path.join(jobs, `${job.id}.json`)
  writeFileSync(`${file}.tmp`, JSON.stringify(job), { flush: true })
  renameSync(`${file}.tmp`, file)
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function step(job) {
  if (job.state === 'new') {
    const child = spawn('sh', ['-c', job.command], { cwd: root, detached: true, stdio: 'ignore' })
    child.unref()
    save({ ...job, state: 'running', pid: child.pid })
  } else if (job.state === 'running' && !isAlive(job.pid)) {
    save({ ...job, state: 'done' })
    appendFileSync(path.join(root, 'notifications.txt'), `${job.id} is done\n`, { flush: true })
    callbacks.push(job)
  }
}

function loop() {
  const names = readdirSync(jobs).filter((name) => name.endsWith('.json'))
  const all = names.map((name) => JSON.parse(readFileSync(path.join(jobs, name), 'utf8')))
  all.forEach(step)
  if (all.every(({ state }) => state === 'done') && callbacks.length === 0) process.exit(0)
  setTimeout(loop, 10)
}

/** The queue has a worker of its own, as such queues do. */
function work() {
  for (const { id } of callbacks.splice(0)) appendFileSync(path.join(root, 'callbacks.txt'), `${id}\n`, { flush: true })
}

setInterval(work, 25)
loop()
