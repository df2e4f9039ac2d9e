// The numbers over time of recorded runs: of the log and of the files of metrics in the directory of each. They are read when they
// are asked for, in slices; nothing outside of the workspace is.
import fs from 'node:fs/promises'
import path from 'node:path'
import type { PlotSeries } from '../../core/followUps/seriesCollector'
import { NumbersReader, seriesFormat } from '../logs/numbersReader'

const maxFiles = 8
/** Of so many runs the points are kept; the last that were asked for. */
const keptRuns = 24
const budgetMs = 50

/** Where the numbers of a run are: absolute, or relative to the workspace, as its record says. */
export interface RunPlaces {
  readonly folder: string
  readonly runDir: string | null
  readonly trainLog: string | null
  /** The log of its job, which need not be in the workspace. */
  readonly jobLog: string | null
}

interface Read {
  /** Of the files that it was read from. */
  readonly print: string
  readonly series: Promise<readonly PlotSeries[]>
}

interface SourceFile {
  readonly path: string
  readonly format: 'lines' | 'table'
  readonly print: string
}

export class RunNumbers {
  private readonly known = new Map<string, Read>()

  /** The series of a run; `key` tells it from others. What cannot be read has none. Rejects only when aborted. */
  async read(key: string, places: RunPlaces, signal: AbortSignal): Promise<readonly PlotSeries[]> {
    const files = await findFiles(places)
    const print = files.map((file) => `${file.path} ${file.print}`).join('\n')
    const known = this.known.get(key)
    this.known.delete(key)
    const read = known?.print === print ? known : { print, series: readAll(files, signal) }
    this.known.set(key, read)
    for (const old of this.known.keys()) {
      if (this.known.size <= keptRuns) break
      this.known.delete(old)
    }
    try {
      return await read.series
    } catch (error) {
      this.known.delete(key)
      throw error
    }
  }
}

async function readAll(files: readonly SourceFile[], signal: AbortSignal): Promise<readonly PlotSeries[]> {
  const merged = new Map<string, PlotSeries>()
  for (const file of files) {
    const reader = new NumbersReader(file.path, file.format)
    while ((await reader.read(budgetMs, true, signal)).more) signal.throwIfAborted()
    for (const series of reader.series().series) {
      const id = series.key.toLowerCase()
      const other = merged.get(id)
      // A log often tells only some of what the file has.
      if (other === undefined || other.count < series.count) merged.set(id, series)
    }
  }
  return [...merged.values()]
}

/** Files of metrics, then the log: that of the run, or else that of its job. */
async function findFiles({ folder, runDir, trainLog, jobLog }: RunPlaces): Promise<readonly SourceFile[]> {
  const root = await fs.realpath(folder).catch(() => null)
  if (root === null) return []
  const found: SourceFile[] = []
  const add = async (file: string, format: SourceFile['format'], within: string | null): Promise<boolean> => {
    try {
      const real = await fs.realpath(file)
      if (within !== null && !real.startsWith(within.endsWith(path.sep) ? within : within + path.sep)) return false
      const { size, mtimeMs, ino } = await fs.stat(real)
      found.push({ path: real, format, print: `${size} ${mtimeMs} ${ino}` })
      return true
    } catch {
      return false // Not there, or not to be read: it has no numbers.
    }
  }
  const directory = runDir === null ? null : path.resolve(root, runDir)
  if (directory !== null) {
    const names = await fs.readdir(directory).catch((): string[] => [])
    for (const name of names.sort().slice(0, 1_000)) {
      const format = seriesFormat(name)
      if (format !== null && found.length < maxFiles) await add(path.join(directory, name), format, root)
    }
  }
  const log = trainLog ?? (directory === null ? null : path.join(directory, 'train.log'))
  if (log === null || !(await add(path.resolve(root, log), 'lines', root)))
    if (jobLog !== null) await add(jobLog, 'lines', null)
  return found
}
