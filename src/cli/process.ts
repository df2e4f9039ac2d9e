// relay process: a person's own processes on this machine, and the adoption of one that was started without us.
import fs from 'node:fs'
import path from 'node:path'
import { renderDuration, shorten } from '../core/jobs/jobWords'
import { RelayError } from '../core/relayError'
import { identify, listProcesses } from '../store/backends/processes'
import { adopt, adoptOptions } from './adopt'
import { exitOk, exitUsage, type Verb } from './verb'

export const processVerb: Verb = {
  name: 'process',
  operands: ['list|adopt', '[PID]'],
  summary: 'List your own processes, or watch one as a job',
  options: {
    log: {
      type: 'string',
      value: 'FILE',
      summary: 'adopt: the file that it writes to (default: its standard output, if a file)',
    },
    all: { type: 'boolean', summary: 'list: all, and not the busiest alone' },
    ...adoptOptions,
  },
  run: async (context, [act = '', word], options) => {
    const { console, now } = context
    if (act === 'list' && word === undefined) {
      const all = listProcesses()
      const processes = options['all'] === true || options['json'] === true ? all : all.slice(0, 30)
      if (options['json'] === true) console.out(JSON.stringify({ processes }))
      else
        for (const { pid, command, startedAt, cpuPercent, cpuSec } of processes) {
          const age = renderDuration(now() - Date.parse(startedAt))
          const cpu = `${renderDuration(cpuSec * 1000)} (${cpuPercent} %)`
          console.out(`${String(pid).padStart(8)} ${age.padStart(11)} ${cpu.padStart(16)}  ${shorten(command, 90)}`)
        }
      return exitOk
    }
    if (act !== 'adopt' || word === undefined) {
      console.err('relay process wants `list`, or `adopt PID`')
      return exitUsage
    }
    if (!/^[1-9]\d{0,9}$/.test(word))
      throw new RelayError('bad_id', `${JSON.stringify(word)} is no number of a process.`)
    const { handle, process } = identify(Number(word))
    const log =
      typeof options['log'] === 'string' ? plainFile(path.resolve(context.cwd, options['log'])) : (process?.log ?? null)
    const backend = { kind: 'process', process: handle, ...(log === null ? {} : { log }) } as const
    return adopt(context, { backend, title: process?.command ?? `process ${handle.pid}` }, options)
  },
}

function plainFile(file: string): string {
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new RelayError('no_log', `${file} is no plain file.`)
  return file
}
