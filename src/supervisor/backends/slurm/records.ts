// The records that the batch script of a job leaves: who it is, and how it ended. On a disk that is shared with the nodes.
import fs from 'node:fs/promises'
import type { SlurmRecords } from '../../../core/backends/slurm/known'
import { lookPatiently } from '../../jobs/patientLook'

export const noRecords: SlurmRecords = { started: new Map(), exits: new Map() }

/** What is in the directory of an attempt; null: it does not answer, or is not there. */
export async function readRecords(directory: string): Promise<SlurmRecords | null> {
  const answer = await lookPatiently(directory, async () => {
    const names = (await fs.readdir(directory)).filter((name) => /^(started|exit)(\.\d+)*(\.full)?$/.test(name))
    const texts: [string, string][] = []
    for (const name of names) texts.push([name, await fs.readFile(`${directory}/${name}`, 'utf8').catch(() => '')])
    return parseRecords(texts, Date.now())
  }).catch(() => null)
  return answer?.kind === 'answer' ? answer.value : null
}

/** The records by the names of their files, `started`, `exit`, for the task 3 of an array `exit.3`. */
export function parseRecords(files: readonly (readonly [string, string])[], nowMs: number): SlurmRecords {
  const started = new Map<string, { atMs: number; restarts: number }>()
  const exits = new Map<string, { status: number; atMs: number }>()
  for (const [name, text] of files) {
    const task = /^(?:started|exit)\.(\d+)$/.exec(name)?.[1] ?? ''
    const words = text.trim().split(' ')
    if (name.startsWith('started') && /^\d+ \d{13} \d+/.test(text))
      started.set(task, { atMs: Number(words[1]), restarts: Number(words[2]) })
    else if (/^exit(\.\d+)?$/.test(name) && /^\d{1,3} \d{13}\n?$/.test(text))
      exits.set(task, { status: Number(words[0]), atMs: Number(words[1]) })
    // The disk was full: the name tells, `exit.STATUS.full` or `exit.TASK.STATUS.full`.
    const full = /^exit(?:\.(\d+))?\.(\d{1,3})\.full$/.exec(name)
    if (full !== null && !exits.has(full[1] ?? '')) exits.set(full[1] ?? '', { status: Number(full[2]), atMs: nowMs })
  }
  return { started, exits }
}
