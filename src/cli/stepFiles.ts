// The files of a folder that steps are in, and what is planned with them on the command line.
import fs from 'node:fs'
import path from 'node:path'
import { chooseAgent } from '../core/followUps/chooseAgent'
import { showInvisible } from '../core/logs/plainText'
import type { PlanContext, PlannedStep } from '../core/steps/planStep'
import { renderStepPlan } from '../core/steps/renderStepPlan'
import { findAgents } from '../store/followUps/findAgents'
import { settingsOf } from '../store/settingsFile'
import type { StepTexts } from '../store/steps/planSteps'
import { stepContextOf } from '../store/steps/stepContext'
import { readStepText } from '../store/steps/stepFiles'
import type { Console } from './console'
import type { VerbContext } from './verb'

export class StepFiles {
  private readonly settings

  constructor(
    private readonly verb: VerbContext,
    private readonly definitions: string | undefined,
    private readonly spec: string | undefined,
  ) {
    this.settings = settingsOf(verb.state)
  }

  /** As a person has said it, from the folder on. */
  get definitionsFile(): string {
    return this.definitions ?? this.settings['relay.steps.definitions']
  }
  get specFile(): string {
    return this.spec ?? this.settings['relay.steps.spec']
  }

  /** Null if there is no such file. Throws RelayError. */
  read(file: string): string | null {
    return readStepText(path.resolve(this.verb.cwd, file))
  }

  /** As they were when they were asked for first. */
  texts(): StepTexts {
    this.lastTexts ??= {
      definitions: this.read(this.definitionsFile),
      spec: this.read(this.specFile),
      definitionsFile: this.definitionsFile,
    }
    return this.lastTexts
  }
  private lastTexts: StepTexts | null = null

  /** The real path of the folder. */
  get folder(): string {
    return fs.realpathSync(this.verb.cwd)
  }

  context(): PlanContext {
    const { agent } = chooseAgent(this.settings, findAgents(this.verb.env), null)
    const context = stepContextOf(this.folder, this.settings, agent)
    return { ...context, documents: { ...context.documents, spec: this.specFile } }
  }
}

/** Everything that one step would run, as it is read before it is approved. */
export function renderStepLines({ plan, blocked }: PlannedStep, console: Console): readonly string[] {
  const facts = renderStepPlan(plan).map(({ label, value }) => {
    const [first = '', ...more] = value.split('\n')
    return [
      `${console.paint('bold', label.padEnd(13))} ${first}`,
      ...more.map((rest) => `${' '.repeat(14)}${rest}`),
    ].join('\n')
  })
  const why = blocked.map((one) => `${console.paint('yellow', 'Blocked'.padEnd(13))} ${showInvisible(one)}`)
  return [...facts, ...why]
}
