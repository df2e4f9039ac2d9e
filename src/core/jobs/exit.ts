// How a command ended, and how sure we are of it.
import * as z from 'zod'

/**
 * The end of a command as its wrapper recorded it. A POSIX shell reports death by signal N as status 128+N, so a
 * signal is inferred from the status (the status is kept) and marked as such: `exit 137` looks the same.
 */
export const exitSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('code'), code: z.int().min(0).max(255) }),
  z.strictObject({
    kind: z.literal('signal'),
    signal: z.string(),
    status: z.int().min(129).max(255),
    inferred: z.literal(true),
  }),
  z.strictObject({ kind: z.literal('unknown'), evidence: z.string() }),
  /** The word of the service that ran it, where that says more than an exit code: TIMEOUT, OUT_OF_MEMORY, cancelled. */
  z.strictObject({
    kind: z.literal('service'),
    by: z.enum(['slurm', 'github']),
    state: z.string(),
    /** A phrase for people. */
    words: z.string(),
    /** Of its own record, where it left one. */
    status: z.int().min(0).max(255).nullable(),
    /** `stopped`: whoever it belongs to has cancelled it there. */
    verdict: z.enum(['failed', 'stopped']),
  }),
])
export type Exit = z.infer<typeof exitSchema>

/** Signal names by number, as Linux and macOS agree on them. */
const signalNames: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
}

/** The exit that a shell's raw status (0…255) stands for. */
export function exitFromStatus(status: number): Exit {
  const signal = status > 128 ? signalNames[status - 128] : undefined
  return signal === undefined ? { kind: 'code', code: status } : { kind: 'signal', signal, status, inferred: true }
}

/** A short phrase for people: `exit 0`, `killed by SIGKILL (status 137)`, `exit unknown: …`. */
export function renderExit(exit: Exit): string {
  switch (exit.kind) {
    case 'code':
      return `exit ${exit.code}`
    case 'signal':
      return `killed by ${exit.signal} (status ${exit.status})`
    case 'unknown':
      return `exit unknown: ${exit.evidence}`
    case 'service':
      return exit.words
  }
}
