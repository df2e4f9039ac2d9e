// What a person can do with the skills that ship with the extension.
import path from 'node:path'
import * as vscode from 'vscode'
import { RelayError } from '../../core/relayError'
import { taskTextOf } from '../../core/skills/taskText'
import { readSkills } from '../../store/skills/shippedSkills'
import type { JobModel } from '../jobs/jobModel'
import { copyTaskText } from './copyTaskText'
import { installSkills } from './installSkill'
import { SkillDiffs } from './skillDiffs'

/** Its acts throw RelayError where something cannot be done. */
export interface SkillCommands {
  install(): Promise<void>
  copyTaskText(): Promise<void>
  dispose(): void
}

export function skillCommands({
  extensionPath,
  model,
}: {
  readonly extensionPath: string
  readonly model: JobModel
}): SkillCommands {
  const diffs = new SkillDiffs()
  const shipped = () => readSkills(path.join(extensionPath, 'media', 'skills'))
  return {
    install: () => installSkills(shipped(), diffs),
    copyTaskText: async () => {
      const [text] = shipped().flatMap((skill) => taskTextOf(skill) ?? [])
      if (text === undefined) throw new RelayError('no_task_text', vscode.l10n.t('No skill has a task text.'))
      await copyTaskText(text, model)
    },
    dispose: () => diffs.dispose(),
  }
}
