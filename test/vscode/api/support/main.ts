// Runs inside of the extension host: calls every bundled *.api.js beside it and records what came of each test.
import fs from 'node:fs'
import path from 'node:path'
import Mocha from 'mocha'
import * as vscode from 'vscode'
import { type ApiRecord, appendRecord, recordsVariable } from './record'

/** VS Code's contract for `extensionTestsPath`. Rejects if a test failed. */
export async function run(): Promise<void> {
  process.setSourceMapsEnabled(true)
  const file = process.env[recordsVariable]
  if (file === undefined) throw new Error(`${recordsVariable} is not set`)
  appendRecord(file, { kind: 'began', vscode: vscode.version, node: process.versions.node, pid: process.pid })
  const mocha = new Mocha({ timeout: 30_000, reporter: 'min', retries: 1 })
  for (const name of fs.readdirSync(__dirname).sort())
    if (name.endsWith('.api.js')) mocha.addFile(path.join(__dirname, name))
  const failures = await new Promise<number>((resolve) => {
    mocha
      .run(resolve)
      .on('pass', (test) => appendRecord(file, { kind: 'passed', title: test.fullTitle() }))
      .on('pending', (test) => appendRecord(file, { kind: 'pending', title: test.fullTitle() }))
      .on('retry', (test: Mocha.Test, error: Error) => appendRecord(file, failure('retried', test, error)))
      .on('fail', (test, error: Error) => appendRecord(file, failure('failed', test, error)))
  })
  appendRecord(file, { kind: 'ended' })
  if (failures > 0) throw new Error(`${failures} tests failed`)
}

function failure(kind: 'retried' | 'failed', test: { fullTitle(): string }, { message, stack = '' }: Error): ApiRecord {
  return { kind, title: test.fullTitle(), message, stack }
}
