// What package.json promises to VS Code is there.
import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import * as vscode from 'vscode'
import { z } from 'zod'

const manifestSchema = z.object({
  engines: z.object({ vscode: z.string() }),
  contributes: z.object({ commands: z.array(z.object({ command: z.string() })).default([]) }).default({ commands: [] }),
})

describe('The extension', () => {
  const extension = vscode.extensions.getExtension('relay-jobs.relay-jobs')
  assert.ok(extension)
  const manifest = manifestSchema.parse(extension.packageJSON)

  it('activates', async () => {
    await extension.activate()
    assert.equal(extension.isActive, true)
  })

  it('registers every command that it contributes', async () => {
    await extension.activate()
    const registered = await vscode.commands.getCommands(true)
    const missing = manifest.contributes.commands.filter(({ command }) => !registered.includes(command))
    assert.deepEqual(missing, [])
  })

  it('runs here as its engine says', () => {
    const [major, minor] = vscode.version.split('.').map(Number)
    const wanted = /^\^(\d+)\.(\d+)\.\d+$/.exec(manifest.engines.vscode)?.slice(1).map(Number)
    assert.ok(major === wanted?.[0] && (minor ?? 0) >= (wanted?.[1] ?? Infinity))
  })
})
