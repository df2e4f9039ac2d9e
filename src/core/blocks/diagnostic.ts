// What is wrong with a block, where exactly, and what to do about it. Bad input is data: nothing here is thrown.

import type { TextEdit } from './textEdit'

/** One code per failure. Codes are public (editors, CLI output, tests): they may be added, never renamed. */
export const diagnosticCodes = [
  // the markers
  'marker-mentioned',
  'marker-not-at-line-start',
  'marker-stray',
  'marker-misspelt',
  'block-unclosed',
  'block-empty',
  'block-too-large',
  'too-many-blocks',
  'too-many-diagnostics',
  // the JSON between them
  'fence-language',
  'fence-unpaired',
  'json-comment',
  'json-trailing-comma',
  'json-smart-quotes',
  'json-single-quotes',
  'json-escaped-quotes',
  'json-unescaped-quote',
  'json-raw-newline',
  'json-control-character',
  'json-bad-escape',
  'json-string-unclosed',
  'json-ellipsis',
  'json-literal',
  'json-unquoted-key',
  'json-bracket-unclosed',
  'json-bracket-mismatch',
  'json-too-deep',
  'json-duplicate-key',
  'json-comma-missing',
  'json-colon-missing',
  'json-key-expected',
  'json-value-expected',
  'json-number',
  'json-text-after-end',
  'json-unexpected',
  'json-odd-blank',
  // the list of actions
  'root-not-object',
  'root-is-list',
  'root-is-action',
  'actions-missing',
  'actions-not-list',
  'actions-empty',
  'too-many-actions',
  'action-not-object',
  'unknown-action',
  // the fields of an action
  'unknown-key',
  'missing-field',
  'empty-field',
  'empty-string',
  'wrong-type',
  'wrong-value',
  'value-spelling',
  'out-of-range',
  'too-long',
  'too-many-items',
  'invalid-job-id',
  'command-missing',
  'command-and-supervisor',
  'then-task-misplaced',
  'then-task-conflict',
  'preflight-bare',
  'queue-no-effect',
  'alert-pattern',
  // what the fields say
  'placeholder-left',
  'invisible-character',
  'path-outside-workspace',
  'contract-one-job-start',
  'contract-watch',
  'contract-run-tasks',
  'task-done-missing',
  'then-task-vague',
  'supervisor-no-effect',
  'path-absolute',
  'command-interactive',
  'command-endless',
  'command-polling',
  'command-background',
  'profile-launcher',
  'profile-run-arguments',
  'profile-require-files',
  'profile-preflight',
  'profile-watch',
  'profile-prefer-template',
] as const
export type DiagnosticCode = (typeof diagnosticCodes)[number]

/** One edit that repairs the finding; offsets like those of the diagnostic. */
export interface Fix extends TextEdit {
  readonly title: string
  /** It writes what was probably meant, or adds what was not asked for: for a person to choose, never part of "fix all". */
  readonly isGuess?: true
}

/**
 * `start` and `end` are UTF-16 offsets, half open, always inside the text that was given. An `error` means that what
 * it lies in must not be started; a `warning` was understood, and a person may start it; a `hint` is advice.
 */
export interface Diagnostic {
  readonly code: DiagnosticCode
  readonly severity: 'error' | 'warning' | 'hint'
  readonly message: string
  readonly start: number
  readonly end: number
  readonly fix?: Fix
}

export interface Range {
  readonly start: number
  readonly end: number
}

export function errorAt({ start, end }: Range, code: DiagnosticCode, message: string, fix?: Fix): Diagnostic {
  return { code, severity: 'error', message, start, end, ...(fix && { fix }) }
}

export const isWithin = (inner: Range, outer: Range): boolean => inner.start >= outer.start && inner.end <= outer.end

/** The same diagnostic in a text in which its own text begins at `by`. */
export function shiftDiagnostic(diagnostic: Diagnostic, by: number): Diagnostic {
  const { fix, ...rest } = diagnostic
  const moved = { ...rest, start: rest.start + by, end: rest.end + by }
  return fix ? { ...moved, fix: { ...fix, start: fix.start + by, end: fix.end + by } } : moved
}

/** A name or value as a message shows it: quoted, one line, short. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}
