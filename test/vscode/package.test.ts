// The package that people install: built, installed into a VS Code that knows nothing of this repository, and used.
import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { VsCodeServer } from './host/server'
import { serverEnvironment, test, testSettings } from './support/vscodeTest'
import { Workbench } from './support/workbench'

test('the package works in a clean VS Code', async ({ browser, relay }) => {
  const vsix = path.join(relay.root, 'relay.vsix')
  await execa('npm', ['run', '--silent', 'package', '--', '--out', vsix], { stdin: 'ignore' })
  const options = { dataDir: path.join(relay.root, 'vscode'), env: serverEnvironment(relay), settings: testSettings }
  await VsCodeServer.installExtension(vsix, options)
  const installed = fs.readdirSync(path.join(options.dataDir, 'extensions'))
  expect(installed.filter((name) => name.startsWith('relay-jobs.relay-jobs-'))).toHaveLength(1)

  const server = await VsCodeServer.start(options)
  const workbench = await Workbench.open(browser, server, { folder: relay.workspace })
  try {
    await workbench.runCommand('Relay: Show Jobs')
    await workbench.page.getByText('No jobs yet').waitFor()
    await workbench.openFile('experiment.md')
    await workbench.codeLens('Start job').waitFor()
  } finally {
    await workbench.screenshot('package')
    await workbench.close()
    await server.stop()
  }
})
