// The fields that a definition of a step can have: what is read, what is offered while it is written, and what is told of it.
import { maxCheckSec } from './definition'

export type StepPlace = 'step' | 'check' | 'test' | 'main' | 'chunk' | 'monitor'

export interface StepField {
  readonly name: string
  /** In words: `seconds, at most 30`. */
  readonly type: string
  /** A sentence or two. */
  readonly doc: string
  /** What can stand here, where there is little. */
  readonly values?: readonly string[]
  /** What names of the folder can stand here. */
  readonly names?: 'agents' | 'skills' | 'scripts'
  /** Lines that come below the key rather than a value beside it. */
  readonly below?: 'checks' | 'monitors' | 'map' | 'list' | 'chunks'
}

const command = { name: 'command', type: 'shell command' }
const checkTime = {
  name: 'timeout',
  type: `seconds, at most ${maxCheckSec}`,
  doc: `How long it may take; without it ${maxCheckSec} s.`,
}
const sentence =
  'A command; or a sentence, which an agent that can only read answers, and which is *not checked* without one.'

/** Short forms of a check: the key says what it is for, the value what is done. */
export const checkForms = ['explore', 'verify', 'estimate', 'check'] as const
export const monitorForms = ['monitor', 'check', 'alert'] as const

const fields: Readonly<Record<StepPlace, readonly StepField[]>> = {
  step: [
    {
      name: 'pre_flight',
      type: 'list of checks',
      doc: 'Quick checks before anything else, three at a time. The first failure ends the step.',
      below: 'checks',
    },
    {
      name: 'test',
      type: 'shell command, or a map',
      doc: 'Tries the main phase with as little data as possible. It must exit with 0 before the main phase starts.',
    },
    { name: 'main', type: 'map', doc: 'The one thing that the step is for.', below: 'map' },
    {
      name: 'post_validation',
      type: 'list of checks',
      doc: 'Quick checks of what the main phase has made, three at a time. All are tried.',
      below: 'checks',
    },
    {
      name: 'background',
      type: 'list of monitors',
      doc: 'Looked at again and again while the work goes on, in the way of nothing.',
      below: 'monitors',
    },
  ],
  check: [
    { name: 'task', type: 'text', doc: 'The name of the check, in the log and in lists.' },
    { ...command, doc: 'Passes if it exits with 0. What it prints goes into the log.' },
    checkTime,
    {
      name: 'parallel',
      type: 'true or false',
      doc: 'Whether it may run beside other checks; without it true. With false it waits for those above it.',
      values: ['true', 'false'],
    },
    ...checkForms.map((name) => ({ name, type: 'command or sentence', doc: `Short form of a check. ${sentence}` })),
  ],
  test: [
    { ...command, doc: 'Tries the main phase with as little data as possible; passes if it exits with 0.' },
    { name: 'timeout', type: 'seconds', doc: 'How long it may take; without it 120 s.' },
  ],
  main: [
    {
      name: 'agent',
      type: 'name of an agent',
      doc: 'The agent that does the work: the `name` of a file in `.claude/agents`, or `AGENT.md` there. Without it the script runs by itself.',
      names: 'agents',
    },
    {
      name: 'skills',
      type: 'list of names',
      doc: 'Folders of `.claude/skills` that the agent has to read.',
      names: 'skills',
    },
    { name: 'objective', type: 'text', doc: 'What is to be reached; without it the title of the step in SPEC.md.' },
    {
      name: 'script',
      type: 'file, with arguments',
      doc: 'What is run: a script of the workspace, or a command.',
      names: 'scripts',
    },
    {
      name: 'timeout',
      type: 'seconds',
      doc: 'How long it may take. In mode background it is the time for the start-up, in mode chunked that of each chunk.',
    },
    {
      name: 'success_criteria',
      type: 'list of texts',
      doc: 'Texts that its output shows when it has worked. Never the only evidence: exit code and checks count, too.',
      below: 'list',
    },
    {
      name: 'mode',
      type: 'foreground, background or chunked',
      doc: 'background: the step goes on once it has started up. chunked: done in pieces, with a look at the quality between them.',
      values: ['foreground', 'background', 'chunked'],
    },
    { name: 'chunks', type: 'list of sizes', doc: 'The pieces of mode chunked, in order.', below: 'chunks' },
    {
      name: 'quality',
      type: 'shell command',
      doc: 'Must exit with 0 after each chunk before the next is begun.',
    },
    {
      name: 'checkpoint_every',
      type: 'whole number',
      doc: 'Told to the script as RELAY_CHECKPOINT_EVERY: after how many it should save what it has.',
    },
    {
      name: 'test_first',
      type: 'true or false',
      doc: 'Whether the script understands RELAY_TEST_FIRST=1, which asks it to run with as little data as possible.',
      values: ['true', 'false'],
    },
    {
      name: 'required_files',
      type: 'list of paths',
      doc: 'Files that must be there afterwards, newer than the start, before the step counts as done.',
      below: 'list',
    },
    {
      name: 'retries',
      type: 'whole number from 0 to 5',
      doc: 'How often it is tried again after a failure; without it 0.',
    },
  ],
  chunk: [
    { name: 'size', type: 'whole number', doc: 'How many this piece is to make: RELAY_CHUNK_SIZE for the script.' },
  ],
  monitor: [
    { name: 'task', type: 'text', doc: 'The name of the monitor, in the log and in lists.' },
    { ...command, doc: 'What is run each time.' },
    { name: 'interval', type: 'seconds', doc: 'How long from one look to the next; without it 60 s.' },
    {
      name: 'alert_on',
      type: 'pattern',
      doc: 'A regular expression, in any case: a line that has it is told to you.',
    },
    checkTime,
    { name: 'monitor', type: 'command or sentence', doc: 'Short form: what it prints is shown.' },
    { name: 'check', type: 'command or sentence', doc: 'Short form: told to you when it fails and did not before.' },
    {
      name: 'alert',
      type: 'command or sentence',
      doc: 'Short form: told to you when it exits with 0 and prints something.',
    },
  ],
}

export function stepFields(place: StepPlace): readonly StepField[] {
  return fields[place]
}
