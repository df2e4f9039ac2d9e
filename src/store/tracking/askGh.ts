// The one way in which GitHub is asked: the person's own `gh`, with their login, which never asks back and needs no repository around it.
import * as z from 'zod'
import { RelayError } from '../../core/relayError'
import { type GhProblem, judgeGh } from '../../core/tracking/ghProblem'
import { type CallOptions, type CallResult, callProgram } from './callProgram'

/** Those by which gh would ask, show, or look elsewhere; GIT_* lead its own git to another repository. */
const foreign = /^(?:GH_(?:REPO|DEBUG|FORCE_TTY|PAGER|BROWSER|EDITOR)|DEBUG|PAGER|CLICOLOR\w*|GIT_\w+|BROWSER)$/

export function ghEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name))),
    GH_PROMPT_DISABLED: '1',
    GH_NO_UPDATE_NOTIFIER: '1',
    GH_NO_EXTENSION_UPDATE_NOTIFIER: '1',
    GH_SPINNER_DISABLED: '1',
    NO_COLOR: '1',
    GH_PAGER: 'cat',
    // A browser that opens by itself would be a question.
    GH_BROWSER: 'true',
    LC_ALL: 'C.UTF-8',
  }
}

export type GhAnswer =
  { readonly kind: 'answer'; readonly text: string } | { readonly kind: 'problem'; readonly problem: GhProblem }

/** `what` begins the sentence of a problem. Throws RelayError where gh cannot be run. */
export async function askGh(what: string, words: readonly string[], options: CallOptions): Promise<GhAnswer> {
  let result: CallResult
  try {
    result = await callProgram('gh', words, { ...options, env: ghEnvironment(options.env) })
  } catch (error) {
    if (!(error instanceof RelayError) || error.code !== 'slow') throw error
    return { kind: 'problem', problem: { kind: 'offline', isPassing: true, sentence: `${what}: ${error.message}` } }
  }
  const { exitCode, stdout, stderr } = result
  if (exitCode === 0) return { kind: 'answer', text: stdout.toString('utf8') }
  return { kind: 'problem', problem: judgeGh(what, exitCode, stderr, hostIn(words)) }
}

/** Who is asked, as the words say; undefined: they do not. */
function hostIn(words: readonly string[]): string | undefined {
  const line = words.join('\n')
  const host = /^--hostname[=\n](.+)$/m.exec(line)?.[1] ?? /^--repo[=\n]([^/\n]+)\/[^/\n]+\/[^/\n]+$/m.exec(line)?.[1]
  return host !== undefined && /^[\w.:-]{1,255}$/.test(host) ? host : undefined
}

/** The answer as JSON of a known shape; another shape is a problem. */
export function readGhJson<T>(
  what: string,
  text: string,
  schema: z.ZodType<T>,
): { readonly value: T } | { readonly problem: GhProblem } {
  const refuse = (why: string) => ({
    problem: { kind: 'refused' as const, isPassing: false, sentence: `${what}: ${why}` },
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refuse('gh answered with something that is no JSON.')
  }
  const parsed = schema.safeParse(json)
  return parsed.success ? { value: parsed.data } : refuse('gh answered in an unknown way; is it too old or too new?')
}
