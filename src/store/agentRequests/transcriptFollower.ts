// Follows the conversations of agents that began in certain folders: of each transcript only what was appended is read.
import { existsSync } from 'node:fs'
import fs from 'node:fs/promises'
import path from 'node:path'
import { isInside } from '../../core/agentRequests/whoseConversation'
import { transcriptReader } from '../../core/transcripts/transcriptReader'
import type { TranscriptReader, Turn } from '../../core/transcripts/turn'
import { type ReadPosition, readAppended, startPosition } from '../logs/readAppended'
import { type DirectoryWatch, watchDirectory } from '../watchDirectory'
import { listTranscripts, type TranscriptFile, type TranscriptRoots } from './transcriptFiles'

/** An agent that works writes all the time; its transcripts are not looked at more often. */
const restMs = 500
/** What has not changed for so long is looked at now and then only. */
const quietMs = 2 * 86_400_000
const thoroughEveryMs = 60_000
const maxWatches = 100
/** Behind the watches, and for directories that do not exist yet. */
const sweepMs = 5_000

export interface FollowerOptions {
  readonly roots: TranscriptRoots
  /** Real paths. */
  readonly folders: readonly string[]
  /** Transcripts that were not written to since then are not read; ms since the epoch. */
  readonly sinceMs: number
  /** In the order in which they were written in each conversation; the same turn may come more than once. */
  readonly onTurn: (turn: Turn) => void
  readonly onError: (error: unknown) => void
}

interface Followed {
  reader: TranscriptReader
  position: ReadPosition
  bytes: number
}

export class TranscriptFollower {
  private readonly followed = new Map<string, Followed>()
  /** Conversations of other folders: never opened again. */
  private readonly foreign = new Set<string>()
  /** Those that have been quiet for long. */
  private readonly quiet = new Set<string>()
  private readonly watches = new Map<string, DirectoryWatch>()
  private timer: NodeJS.Timeout | null = null
  private readonly sweep = setInterval(() => this.lookSoon(), sweepMs).unref()
  private lastLook: Promise<void> = Promise.resolve()
  private thoroughAtMs = -Infinity
  private isClosed = false

  constructor(private readonly options: FollowerOptions) {
    this.lookSoon(0)
  }

  close(): void {
    this.isClosed = true
    clearInterval(this.sweep)
    if (this.timer !== null) clearTimeout(this.timer)
    for (const watch of this.watches.values()) watch.close()
  }

  /** Reads now what has been written until now. */
  async look(): Promise<void> {
    const look = this.lastLook.then(() => this.lookAtAll())
    this.lastLook = look.catch(() => undefined) // Told to whoever asked for that look.
    await look
  }

  private lookSoon(waitMs = restMs): void {
    if (this.isClosed || this.timer !== null) return
    this.timer = setTimeout(() => {
      this.look()
        .catch((error: unknown) => this.options.onError(error))
        .finally(() => {
          this.timer = null
        })
    }, waitMs)
    this.timer.unref()
  }

  private async lookAtAll(): Promise<void> {
    const isThorough = performance.now() - this.thoroughAtMs > thoroughEveryMs
    if (isThorough) {
      this.thoroughAtMs = performance.now()
      this.quiet.clear()
    }
    const { files, directories } = await listTranscripts(this.options.roots, this.options.folders)
    for (const file of files) {
      if (this.isClosed) return
      if (this.foreign.has(file.path) || this.quiet.has(file.path)) continue
      // One that cannot be read now keeps none of the others from being read.
      await this.lookAt(file).catch((error: unknown) => this.options.onError(error))
    }
    const there = new Set(files.map((file) => file.path))
    for (const set of [this.followed, this.foreign])
      for (const known of set.keys()) if (!there.has(known)) set.delete(known)
    this.watch([...directories, ...[...this.followed.keys()].map((file) => path.dirname(file))])
  }

  private async lookAt(file: TranscriptFile): Promise<void> {
    const stats = await fs.stat(file.path).catch(() => null)
    if (stats === null) return // It has gone since it was listed.
    const known = this.followed.get(file.path)
    if (stats.mtimeMs < Date.now() - quietMs) this.quiet.add(file.path)
    if (known === undefined ? stats.mtimeMs < this.options.sinceMs : known.bytes === stats.size) return
    const followed = known ?? { reader: transcriptReader(file.agent), position: startPosition, bytes: 0 }
    this.followed.set(file.path, followed)
    for (let more = true; more && !this.isClosed;) {
      const appended = await readAppended(file.path, followed.position)
      if (appended.problem !== null) return // The next look tries again.
      if (appended.restarted) followed.reader = transcriptReader(file.agent)
      followed.position = appended.position
      const turns = appended.lines.flatMap((line) => followed.reader.read(line.toString('utf8')) ?? [])
      more = appended.more
      if (followed.reader.cwd === null || (await this.isOwn(followed.reader.cwd))) {
        for (const turn of turns) this.options.onTurn(turn)
        continue
      }
      this.followed.delete(file.path)
      this.foreign.add(file.path)
      return
    }
    followed.bytes = stats.size
  }

  private async isOwn(cwd: string): Promise<boolean> {
    const real = await fs.realpath(cwd).catch(() => cwd)
    return this.options.folders.some((folder) => isInside(real, folder))
  }

  private watch(directories: readonly string[]): void {
    if (this.isClosed) return
    const wanted = new Set([...new Set(directories)].filter((one) => existsSync(one)).slice(0, maxWatches))
    for (const [directory, watch] of this.watches) {
      if (wanted.has(directory)) continue
      watch.close()
      this.watches.delete(directory)
    }
    for (const directory of wanted)
      if (!this.watches.has(directory))
        this.watches.set(
          directory,
          watchDirectory(directory, () => this.lookSoon(), true),
        )
  }
}
