// A job is tracked by hand: from the command to its pull request, in a real VS Code; GitHub is one of our own on loopback.
import { expect, test } from 'vitest'
import { TrackedClone } from '../support/trackedClone'
import { startServer } from './support/vscodeTest'
import { launchBrowser, pictureFailure, Workbench } from './support/workbench'

test('a command is tracked from the palette: all of it is shown, approved once, and its end is told with the link', async ({
  task,
}) => {
  const here = await TrackedClone.make({
    'docs/moons.md': '# Two moons\n',
    'train.sh': 'mkdir -p results\necho "{\\"acc\\": 0.75}" > results/metrics.json\n',
  })
  const browser = await launchBrowser()
  const server = await startServer(here.relay, {
    'relay.notifications': 'always',
    'relay.followUps.agent': 'builtin',
    'relay.tracking.launch': 'local',
  })
  const workbench = await Workbench.open(browser, server, { folder: here.clone.folder })
  try {
    await workbench.runCommand('Relay: Track Job…')
    await workbench.pick('A command…')
    await workbench.quickInput.getByText('The command to launch').waitFor()
    await workbench.quickInput.locator('input').first().fill('sh train.sh')
    await workbench.press('Enter')
    const page = workbench.webview()
    await page.getByText('Track “train”?').first().waitFor()
    for (const told of ['results/train-', 'pushed to origin', 'docs/train.md', 'sh train.sh', 'Questions'])
      await page.getByText(told).first().waitFor()
    await workbench.screenshot('track-approval')
    await page.getByRole('button', { name: 'Track', exact: true }).click()
    await workbench
      .notification(/train has succeeded\. acc 0\.75\. https:\/\/github\.com\/ada\/space\/pull\/1/)
      .waitFor()
    await workbench.runCommand('Relay: Show Jobs')
    for (const view of ['Jobs', 'Tasks']) await workbench.foldView(view)
    await expect
      .poll(() => workbench.treeRows('Tracked'), { timeout: 20_000 })
      .toContainEqual(expect.stringContaining('train'))
    await (await workbench.treeRow('Tracked', 'train')).locator('.monaco-tl-twistie').click()
    await workbench.treeRow('Tracked', 'Pull request')
    await workbench.screenshot('track-ended')
    expect(here.hub.pulls).toHaveLength(1)
  } finally {
    if (task.result?.state === 'fail') await pictureFailure(browser, task.name)
    await workbench.screenshot('track-last')
    await workbench.close()
    await server.stop()
    await browser.close()
    await here.dispose()
  }
})
