// Lint proves the layers: each forbidden arrow is an error, each allowed one is none.
import path from 'node:path'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'
import { describe, expect, test } from 'vitest'

const rules = [
  'no-restricted-imports',
  'no-restricted-globals',
  'no-restricted-properties',
  'no-restricted-syntax',
  '@typescript-eslint/no-restricted-imports',
]

// Rules that need types have no part in the layers, and a program of types takes seconds to make.
const eslint = new ESLint({
  cwd: path.resolve('.'),
  overrideConfig: [tseslint.configs.disableTypeChecked],
})

/** The messages of the layer rules for `code` as a file of `layer`. */
async function complaints(layer: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: `src/${layer}/jobs/virtual.ts` })
  if (result === undefined) throw new Error(`src/${layer} is not linted at all`)
  expect(result.messages.filter(({ fatal }) => fatal)).toEqual([])
  return result.messages.filter(({ ruleId }) => rules.includes(ruleId ?? '')).map(({ message }) => message)
}

describe('lint refuses', () => {
  test.each<readonly [string, string]>([
    ['core', `import { JobStore } from '../../store/jobs/jobStore'; export { JobStore }`],
    ['core', `import type { JobStore } from '../../store/jobs/jobStore'; export type { JobStore }`],
    ['core', `export { JobStore } from '../../store/jobs/jobStore'`],
    ['core', `export * from '../../supervisor/supervisor'`],
    ['core', `import fs from 'node:fs'; export { fs }`],
    ['core', `import fs from 'fs'; export { fs }`],
    ['core', `import { execa } from 'execa'; export { execa }`],
    ['core', `import { spawn } from 'node:child_process'; export { spawn }`],
    ['core', `export const now = () => Date.now()`],
    ['core', `export const now = () => new Date()`],
    ['core', `export const chance = () => Math.random()`],
    ['core', `export const home = () => process.env['HOME']`],
    ['core', `export const bytes = () => Buffer.from('x')`],
    ['core', `export const later = () => setTimeout(() => undefined, 1)`],
    ['core', `export const begun = () => performance.now()`],
    ['core', `export const say = () => console.log('x')`],
    ['core', `export const load = async () => import('node:fs')`],
    ['core', `export const load = async () => import('../../store/lock')`],
    ['core', `export const secret = () => globalThis.process`],
    ['store', `import { Supervisor } from '../../supervisor/supervisor'; export { Supervisor }`],
    ['store', `import { listVerb } from '../../cli/list'; export { listVerb }`],
    ['store', `import { execa } from 'execa'; export { execa }`],
    ['store', `export const load = async () => import('../../supervisor/supervisor')`],
    ['supervisor', `import { listVerb } from '../../cli/list'; export { listVerb }`],
    ['supervisor', `export const load = async () => import('../../cli/list')`],
    ['cli', `import { Supervisor } from '../../supervisor/supervisor'; export { Supervisor }`],
    ['cli', `export const load = async () => import('../../supervisor/supervisor')`],
    ['cli', `import { execa } from 'execa'; export { execa }`],
    ['cli', `import { simpleGit } from 'simple-git'; export { simpleGit }`],
    ...['core', 'store', 'supervisor', 'cli'].flatMap((layer) => [
      [layer, `import * as vscode from 'vscode'; export { vscode }`] as const,
      [layer, `import type { Uri } from 'vscode'; export type { Uri }`] as const,
      [layer, `export const load = async () => import('vscode')`] as const,
    ]),
  ])('in %s: %s', async (layer, code) => {
    expect(await complaints(layer, code)).toHaveLength(1)
  })

  test('with a sentence that says what may be imported instead', async () => {
    const [message] = await complaints(
      'cli',
      `import { Supervisor } from '../../supervisor/supervisor'; export { Supervisor }`,
    )
    expect(message).toContain('cli may import core, store')
  })
})

describe('lint allows', () => {
  test.each([
    ['core', `import * as z from 'zod'; import { reduce } from '../jobs/job'; export { z, reduce }`],
    ['core', `import { parseTree } from 'jsonc-parser'; export { parseTree }`],
    ['core', `export const day = (ms: number) => new Date(ms).toISOString()`],
    ['store', `import fs from 'node:fs'; import { reduce } from '../../core/jobs/job'; export { fs, reduce }`],
    ['store', `export const now = () => Date.now() + Math.random()`],
    [
      'supervisor',
      `import { execa } from 'execa'; import { JobStore } from '../../store/jobs/jobStore'; export { execa, JobStore }`,
    ],
    ['supervisor', `export const load = async () => import('simple-git')`],
    [
      'cli',
      `import { JobStore } from '../../store/jobs/jobStore'; import { reduce } from '../../core/jobs/job'; export { JobStore, reduce }`,
    ],
  ])('in %s: %s', async (layer, code) => {
    expect(await complaints(layer, code)).toEqual([])
  })
})
