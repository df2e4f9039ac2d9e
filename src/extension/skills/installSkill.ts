// Relay: Install Agent Skill…: for which agents, a look at what would change in each file, and only then the writing.
import os from 'node:os'
import * as vscode from 'vscode'
import { plainNotice } from '../../core/logs/plainText'
import { isRelayError, RelayError } from '../../core/relayError'
import { agentNames, type SkillAgent, skillAgents, skillPlace } from '../../core/skills/agents'
import type { Skill } from '../../core/skills/skill'
import {
  findAgents,
  planSkillFile,
  type SkillFileChange,
  type SkillRoot,
  writeSkillFile,
} from '../../store/skills/skillFile'
import { openDocumentAt } from '../documents/openDocument'
import type { SkillDiffs } from './skillDiffs'

interface PlaceItem extends vscode.QuickPickItem {
  readonly skill: Skill
  readonly agent: SkillAgent
  readonly root: SkillRoot
}

/** Throws RelayError in Restricted Mode. What cannot be written is told, one by one. */
export async function installSkills(skills: readonly Skill[], diffs: SkillDiffs): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new RelayError(
      'untrusted',
      vscode.l10n.t('This window is in Restricted Mode: no skill is installed. Trust the workspace first.'),
    )
  const picked = await vscode.window.showQuickPick(placeItems(skills), {
    title: vscode.l10n.t('Install Agent Skill'),
    placeHolder: vscode.l10n.t('For which agents, and where? Every change is shown before it is made.'),
    canPickMany: true,
    matchOnDescription: true,
    ignoreFocusOut: true,
  })
  if (picked === undefined || picked.length === 0) return
  const written: string[] = []
  for (const { skill, agent, root } of picked) {
    try {
      const planned = planSkillFile('install', skill, agent, root)
      if (planned !== null && (await installOne(skill, planned, root, diffs))) written.push(planned.place.path)
    } catch (error) {
      // One that cannot be written must not keep the others from it.
      if (!isRelayError(error)) throw error
      void vscode.window.showWarningMessage(plainNotice(error.message))
    }
  }
  if (written.length > 0)
    void vscode.window.showInformationMessage(plainNotice(vscode.l10n.t('Skill installed: {0}', written.join(', '))))
}

/** Whether the file was written. */
async function installOne(
  skill: Skill,
  planned: SkillFileChange,
  root: SkillRoot,
  diffs: SkillDiffs,
): Promise<boolean> {
  const { change, file } = planned
  if (change.kind === 'same') return false
  if (change.kind === 'edited') {
    // The diff stays: it is what the person needs to go on by hand.
    if (change.text !== null) await diffs.show(planned, change.text)
    const message = vscode.l10n.t('{0} is left as it is. {1} Take over by hand what you want of it.', file, change.why)
    void vscode.window.showWarningMessage(plainNotice(message))
    return false
  }
  const diff = await diffs.show(planned, change.text ?? '')
  try {
    const write: vscode.QuickPickItem = { label: vscode.l10n.t('Write it'), detail: file }
    const leave: vscode.QuickPickItem = { label: vscode.l10n.t('Leave it') }
    const answer = await vscode.window.showQuickPick([write, leave], {
      title: skill.name,
      placeHolder: vscode.l10n.t('Write {0} as it is shown?', planned.place.path),
      // The person may look around in the diff first.
      ignoreFocusOut: true,
    })
    if (answer !== write) return false
    if (openDocumentAt(file)?.isDirty === true)
      throw new RelayError('unsaved', vscode.l10n.t('{0} has unsaved changes: save it first.', file))
    writeSkillFile(planned, root)
    return true
  } finally {
    diff.dispose()
  }
}

function placeItems(skills: readonly Skill[]): readonly PlaceItem[] {
  const home: SkillRoot = { scope: 'user', folder: os.homedir() }
  const ofPerson = findAgents(home.folder)
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file')
  const roots = [
    ...folders.map(({ uri, name }) => ({ root: { scope: 'project', folder: uri.fsPath } as const, where: name })),
    { root: home, where: vscode.l10n.t('all projects') },
  ]
  return skills.flatMap((skill) =>
    roots.flatMap(({ root, where }) => {
      const ofProject = root.scope === 'project' ? findAgents(root.folder) : []
      // Proposed is the project, for the agents that are seen in it or, if none is, that the person uses.
      const proposed = root.scope === 'user' ? [] : ofProject.length > 0 ? ofProject : ofPerson
      return skillAgents.flatMap((agent): PlaceItem[] => {
        const place = skillPlace(agent, skill.name, root.scope)
        if (place === null) return []
        const { state, canWrite } = stateOf(skill, agent, root)
        const shown = root.scope === 'user' ? `~/${place.path}` : place.path
        return [
          {
            label: vscode.l10n.t('{0}, {1}', agentNames[agent], where),
            description: state,
            detail: skills.length > 1 ? `${skill.name}: ${shown}` : shown,
            picked: canWrite && proposed.includes(agent),
            skill,
            agent,
            root,
          },
        ]
      })
    }),
  )
}

/** A place that cannot be written must not hide the others; whoever picks it is told why. */
function stateOf(skill: Skill, agent: SkillAgent, root: SkillRoot): { state: string; canWrite: boolean } {
  try {
    const change = planSkillFile('install', skill, agent, root)?.change
    if (change?.kind === 'same') return { state: vscode.l10n.t('installed'), canWrite: false }
    if (change?.kind === 'edited') return { state: vscode.l10n.t('has another text'), canWrite: false }
    return { state: change?.was === 'ours' ? vscode.l10n.t('another version') : '', canWrite: true }
  } catch (error) {
    if (!isRelayError(error)) throw error
    return { state: vscode.l10n.t('cannot be written'), canWrite: false }
  }
}
