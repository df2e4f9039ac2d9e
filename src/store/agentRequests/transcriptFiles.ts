// Which transcripts there are on this machine. They are the agents': only ever listed and read.
import type { Dirent } from 'node:fs'
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { TranscriptAgent } from '../../core/transcripts/turn'

export interface TranscriptFile {
  readonly agent: TranscriptAgent
  readonly path: string
}

export type TranscriptRoots = Readonly<Record<TranscriptAgent, string>>

/** Where each agent keeps its transcripts, by the variables that the agents themselves look at. */
export function transcriptRoots(env: NodeJS.ProcessEnv): TranscriptRoots {
  const home = env['HOME'] ?? os.homedir()
  const chosen = (name: string, usual: string) => {
    const value = env[name]
    return value !== undefined && path.isAbsolute(value) ? value : path.join(home, usual)
  }
  return {
    claude: path.join(chosen('CLAUDE_CONFIG_DIR', '.claude'), 'projects'),
    codex: path.join(chosen('CODEX_HOME', '.codex'), 'sessions'),
  }
}

/** However many there are, no more are looked at: of the dated ones the newest. */
const maxFolders = 1_000
const maxFiles = 20_000

export interface TranscriptList {
  readonly files: readonly TranscriptFile[]
  /** Where a new transcript of a conversation in one of the folders would come, if these are watched. */
  readonly directories: readonly string[]
}

/** All transcripts; `folders` are the real paths of which conversations are awaited. */
export async function listTranscripts(roots: TranscriptRoots, folders: readonly string[]): Promise<TranscriptList> {
  const projects = await foldersIn([roots.claude])
  const years = await foldersIn([roots.codex])
  const months = await foldersIn(years)
  const days = await foldersIn(months)
  const files: TranscriptFile[] = []
  for (const [agent, parents] of [
    ['claude', projects],
    ['codex', days],
  ] as const)
    for (const parent of parents)
      for (const name of await namesIn(parent, (entry) => entry.isFile() && entry.name.endsWith('.jsonl')))
        if (files.length < maxFiles) files.push({ agent, path: path.join(parent, name) })
  const awaited = folders.map(projectName)
  const own = projects.filter((project) => awaited.some((name) => path.basename(project).startsWith(name)))
  const newest = [years, months, days].flatMap((dated) => dated.slice(0, 1))
  return { files, directories: [roots.claude, roots.codex, ...newest, ...own] }
}

/** How Claude Code names the folder of the conversations that begin in a directory; only the beginning for a long one. */
function projectName(directory: string): string {
  return directory.replace(/[^A-Za-z0-9]/g, '-').slice(0, 100)
}

/** The folders in some folders, newest name first. */
async function foldersIn(parents: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const parent of parents) {
    if (found.length >= maxFolders) break
    const names = await namesIn(parent, (entry) => entry.isDirectory())
    found.push(...names.reverse().map((name) => path.join(parent, name)))
  }
  return found.slice(0, maxFolders)
}

async function namesIn(directory: string, fits: (entry: Dirent) => boolean): Promise<string[]> {
  try {
    const entries = await fs.readdir(directory, { withFileTypes: true })
    return entries
      .filter(fits)
      .map(({ name }) => name)
      .sort()
  } catch {
    return [] // The agent is not used here, or the folder has gone.
  }
}
