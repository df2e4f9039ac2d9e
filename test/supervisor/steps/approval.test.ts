// What was approved is the digest of the whole plan: a run whose spec says something else is not taken up.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { newJobId } from '../../../src/core/jobs/jobId'
import type { StepRunPlan } from '../../../src/core/steps/stepRunPlan'
import { writeDurably } from '../../../src/store/durableFile'
import { folderKey, StateFolder } from '../../../src/store/stateFolder'
import { planSteps } from '../../../src/store/steps/planSteps'
import { renderUndertakingSpec } from '../../../src/store/undertakings/undertakingFiles'
import { undertakingDigest } from '../../../src/store/undertakings/undertakingRequests'
import { stepActor } from '../../../src/supervisor/steps/stepActor'
import type { UndertakingWorld } from '../../../src/supervisor/undertakings/liveUndertaking'
import { openerOf } from '../../../src/supervisor/undertakings/undertakings'
import { plainContext } from '../../support/playedSteps'

test('a run whose spec was changed after it was approved is refused, with the reason', () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-steps-'))
  try {
    const state = StateFolder.open(path.join(root, 'state'))
    const folder = state.folder(folderKey(root))
    const planOf = (command: string): StepRunPlan => {
      const definitions = `step_1_a:\n  main: {script: "${command}", timeout: 5}\n`
      const [one] = planSteps([1], { definitions, spec: null, definitionsFile: 'd' }, { ...plainContext, cwd: root })
      if (one === undefined) throw new Error('there is no plan')
      return { kind: 'step', steps: [{ plan: one.plan, blocked: [], taskId: 'task_1_00000001' }] }
    }
    const id = newJobId(0, 0)
    const spec = { v: 1, id, createdAtMs: 0, host: state.host, folder: root } as const
    const opener = openerOf(stepActor())
    fs.mkdirSync(folder.undertaking(id).directory, { recursive: true })
    const write = (plan: StepRunPlan) =>
      writeDurably(folder.undertaking(id).spec, renderUndertakingSpec({ ...spec, plan: { ...plan } }))
    const world = {} as UndertakingWorld // Nothing is asked of it before a run is looked at.
    write(planOf('echo approved'))
    opener.approve(
      folder,
      { ...spec, plan: planOf('echo approved') },
      {
        digest: undertakingDigest(planOf('echo approved')),
        how: 'asked',
      },
    )
    expect(opener.open(folder, id, world)?.id).toBe(id)
    write(planOf('echo changed'))
    expect(() => opener.open(folder, id, world)).toThrow('its spec was changed')
  } finally {
    fs.rmSync(root, { recursive: true, force: true })
  }
})
