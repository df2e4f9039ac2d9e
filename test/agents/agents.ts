// The real agents with a home and an environment of a test's own, so that no account or setting of the machine is used or
// touched. Both find their model by files in that home, so that whatever is started with it finds it too.
import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { agentPrograms } from './install'
import type { ModelServer } from './modelServer'

export const agentNames = ['claude', 'codex'] as const
export type AgentName = (typeof agentNames)[number]

export interface Turn {
  readonly conversation: string
  /** The agent's final answer; null if it ended without one. */
  readonly answer: string | null
  readonly exitCode: number
  readonly output: string
}

export interface TurnOptions {
  readonly cwd: string
  /** The conversation that is continued; a new one without it. */
  readonly resume?: string
  readonly signal?: AbortSignal
}

const turnMs = 60_000

const claudeResultSchema = z.object({ session_id: z.string(), result: z.string(), is_error: z.boolean() })
const codexLineSchema = z.union([
  z.object({ type: z.literal('thread.started'), thread_id: z.string() }),
  z.object({
    type: z.literal('item.completed'),
    item: z.object({ type: z.literal('agent_message'), text: z.string() }),
  }),
])

export class Agents {
  /** What an agent needs to run: nothing of ours, and no key of anybody. */
  readonly env: Readonly<Record<string, string>>

  /** Writes the settings of both agents below `home`. */
  constructor(
    readonly home: string,
    model: ModelServer,
  ) {
    this.env = { HOME: home, PATH: `${agentPrograms}:${process.env['PATH'] ?? ''}`, LANG: 'C.UTF-8' }
    const claude = {
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: 'none',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    }
    writeSettings(path.join(home, '.claude/settings.json'), JSON.stringify({ env: claude }))
    const codex = [
      'model = "loopback"',
      'model_provider = "loopback"',
      '[model_providers.loopback]',
      'name = "loopback"',
      `base_url = "${model.url}/v1"`,
      'wire_api = "responses"',
      'request_max_retries = 2',
      'stream_max_retries = 0',
    ]
    writeSettings(path.join(home, '.codex/config.toml'), codex.join('\n') + '\n')
  }

  /** Claude Code has the account of a subscription, which is told when a limit is lifted; no key. */
  signIn(): void {
    const file = path.join(this.home, '.claude/settings.json')
    const text = fs.readFileSync(file, 'utf8').replace('"ANTHROPIC_API_KEY":"none"', '"CLAUDE_CODE_OAUTH_TOKEN":"none"')
    fs.writeFileSync(file, text)
  }

  /** One turn of an agent from its prompt to its end; its shell commands run without asking. */
  async turn(agent: AgentName, prompt: string, options: TurnOptions): Promise<Turn> {
    const words = agent === 'claude' ? claudeWords(options) : codexWords(options)
    const { exitCode, stdout, stderr } = await execa(agent, words, {
      cwd: options.cwd,
      env: { ...this.env },
      extendEnv: false,
      input: prompt,
      reject: false,
      timeout: turnMs,
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    })
    const read = agent === 'claude' ? readClaude(stdout) : readCodex(stdout)
    return { ...read, exitCode: exitCode ?? -1, output: `${stdout}\n${stderr}` }
  }

  /** The transcripts of an agent's conversations, absolute and sorted. */
  transcripts(agent: AgentName): readonly string[] {
    const directory = path.join(this.home, agent === 'claude' ? '.claude/projects' : '.codex/sessions')
    if (!fs.existsSync(directory)) return []
    const files = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' })
    return files
      .filter((file) => file.endsWith('.jsonl'))
      .map((file) => path.join(directory, file))
      .sort()
  }
}

function writeSettings(file: string, text: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}

function claudeWords({ resume }: TurnOptions): readonly string[] {
  const session = resume === undefined ? [] : ['--resume', resume]
  return ['-p', '--output-format', 'json', '--allowedTools=Bash', ...session]
}

/** The sandbox is named before `resume`, which does not know that option. */
function codexWords({ resume }: TurnOptions): readonly string[] {
  const session = resume === undefined ? [] : ['resume', resume]
  return ['exec', '--json', '--skip-git-repo-check', '--sandbox', 'danger-full-access', ...session, '-']
}

function readClaude(output: string): Pick<Turn, 'conversation' | 'answer'> {
  const result = claudeResultSchema.safeParse(jsonOf(output)).data
  return {
    conversation: result?.session_id ?? '',
    answer: result === undefined || result.is_error ? null : result.result,
  }
}

function readCodex(output: string): Pick<Turn, 'conversation' | 'answer'> {
  let conversation = ''
  let answer: string | null = null
  for (const line of output.split('\n')) {
    const event = codexLineSchema.safeParse(jsonOf(line)).data
    if (event?.type === 'thread.started') conversation = event.thread_id
    else if (event !== undefined) answer = event.item.text
  }
  return { conversation, answer }
}

/** The value of a JSON text; undefined if it is none. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // A line of a person's own, a warning for instance.
  }
}
