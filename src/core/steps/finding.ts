// What is wrong with the definitions of steps or with their SPEC.md, where exactly, and what to do about it. Bad input is
// data: nothing here is thrown.
import type { Fix, Range } from '../blocks/diagnostic'

/** One code per failure. Codes are public (editors, CLI output, tests): they may be added, never renamed. */
export const stepCodes = [
  // the YAML
  'steps-too-large',
  'steps-too-many',
  'yaml-too-deep',
  'yaml-syntax',
  'yaml-anchor',
  'yaml-duplicate-key',
  'yaml-documents',
  // its shape
  'step-key',
  'step-duplicate',
  'unknown-key',
  'wrong-type',
  'wrong-value',
  'out-of-range',
  'empty-field',
  'too-long',
  'too-many-items',
  'missing-field',
  'two-forms',
  'mode-field',
  // what it says
  'invisible-character',
  'too-many-checks',
  'time-over-limit',
  'no-time-limit',
  'pattern-invalid',
  'secret-printed',
  'prose',
  'no-script',
  'never-ends',
  // what is in the folder
  'script-missing',
  'agent-missing',
  'skill-missing',
  // SPEC.md and the log
  'step-twice',
  'ticked-not-completed',
  'completed-not-ticked',
] as const
export type StepCode = (typeof stepCodes)[number]

/**
 * `start` and `end` are UTF-16 offsets, half open, always inside the text that was given. A step with an `error` is not to
 * be run; a `warning` was understood, and may not be what was meant; a `hint` is told, and needs nothing done.
 */
export interface StepFinding extends Range {
  readonly code: StepCode
  readonly severity: 'error' | 'warning' | 'hint'
  readonly message: string
  readonly fix?: Fix
}

/** The same finding in a text in which its own text begins at `by`. */
export function shiftFinding(finding: StepFinding, by: number): StepFinding {
  const { fix, ...rest } = finding
  const moved = { ...rest, start: rest.start + by, end: rest.end + by }
  return fix ? { ...moved, fix: { ...fix, start: fix.start + by, end: fix.end + by } } : moved
}
