// What a person can do about jobs that wait and the groups they wait for, and about blocks that ask for more than a start.
import * as vscode from 'vscode'
import { actionTitles, chosenAction } from '../../core/blocks/startableAction'
import type { JobDescription } from '../../core/jobs/describeJob'
import type { JobId } from '../../core/jobs/jobId'
import { groupKeyOf, type GroupState, readGroupKey } from '../../core/jobs/turn'
import { plainLabel, plainNotice } from '../../core/logs/plainText'
import { RelayError } from '../../core/relayError'
import { groupLimitSchema, groupOf, maxGroupLimit, readGroups } from '../../store/jobs/groups'
import { jobEnvironment } from '../../store/jobs/jobEnvironment'
import type { StoredJob } from '../../store/jobs/jobFiles'
import type { JobRequests } from '../../store/jobs/jobRequests'
import type { StateFolder } from '../../store/stateFolder'
import type { Handler } from '../registerCommands'
import type { BlockActor } from './blockActor'
import type { JobModel } from './jobModel'
import type { BlockPlace, JobStarter } from './startJob'

const labelChars = 80

export interface QueueCommandsOptions {
  readonly model: JobModel
  readonly state: StateFolder
  readonly requests: JobRequests
  readonly starter: JobStarter
  readonly actor: BlockActor
  readonly requireTrust: () => void
  /** The block that is meant, and which of its actions if that was said; null: none was picked. */
  readonly placeOf: (words: readonly unknown[]) => Promise<BlockPlace | null>
  readonly startAt: (place: BlockPlace) => Promise<void>
  /** A command about one job: that of the row or id, or one that the person picks. */
  readonly about: (fits: (job: JobDescription) => boolean, act: (stored: StoredJob) => Promise<void>) => Handler
  /** The job of a row or an id; null: the word is neither. */
  readonly jobOf: (word: unknown) => StoredJob | null
}

type Names = 'doAction' | 'holdJob' | 'releaseJob' | 'pauseGroup' | 'resumeGroup' | 'setGroupLimit'

export function queueCommands(options: QueueCommandsOptions): Readonly<Record<Names, Handler>> {
  const { model, state, requests, starter, actor, requireTrust, placeOf, startAt, about, jobOf } = options

  async function doAction(words: readonly unknown[]): Promise<void> {
    requireTrust()
    const place = await placeOf(words)
    const chosen = place === null ? null : await chooseAction(place)
    if (chosen === null) return
    const { document, block, nth = null } = chosen
    const action = chosenAction(block, undefined, nth)
    if (action.type === 'job_start') return startAt(chosen)
    const folder = await starter.folderFor(document)
    if (folder === null) return
    const line = document.positionAt(block.start).line + 1
    const notes = [
      vscode.l10n.t('The block stands in {0}, line {1}.', document.fileName, line),
      ...block.diagnostics.flatMap(({ severity, message }) => (severity === 'warning' ? message : [])),
    ]
    await actor.act(actor.plan(action, folder), folder, notes)
  }

  async function hold({ job }: StoredJob): Promise<void> {
    requireTrust()
    await requests.hold(job)
    model.touch(job.spec.id)
  }

  async function release({ job }: StoredJob): Promise<void> {
    requireTrust()
    await requests.release(job, jobEnvironment(process.env))
    touch(job.spec.id)
    if (job.followUp !== null) touch(job.followUp.jobId)
  }

  function touch(id: JobId): void {
    model.touch(id)
  }

  async function changeGroup(
    word: unknown,
    fits: (group: GroupState) => boolean,
    change: (group: GroupState, name: string) => Promise<Partial<GroupState> | null>,
  ): Promise<void> {
    requireTrust()
    const groups = readGroups(state)
    const stored = jobOf(word)
    const key = stored === null ? await pickGroup(fits) : groupKeyOf(stored.job.spec)
    if (stored !== null && key === null)
      throw new RelayError('no_group', vscode.l10n.t('This job waits for no place in a group.'))
    if (key === null) return
    const changed = await change(groupOf(groups, key), readGroupKey(key)?.name ?? key)
    if (changed === null) return
    await requests.setGroup(key, changed)
    model.refresh()
  }

  /** Groups of jobs that are not over, and those of which somebody has said something. */
  async function pickGroup(fits: (group: GroupState) => boolean): Promise<string | null> {
    const groups = readGroups(state)
    const live = model.live.flatMap(({ job: { spec } }) => groupKeyOf(spec) ?? [])
    const items = [...new Set([...live, ...groups.known.keys()])].flatMap((key) => {
      const group = groupOf(groups, key)
      const named = readGroupKey(key)
      if (named === null || !fits(group)) return []
      const where = named.folder ?? vscode.l10n.t('this machine')
      const paused = group.paused ? ` · ${vscode.l10n.t('paused')}` : ''
      const description = `${vscode.l10n.t('{0} at once', group.limit)}${paused}`
      return [{ label: named.name, description, detail: where, key }]
    })
    if (items.length === 0)
      throw new RelayError('no_group', vscode.l10n.t('There is no group for which this can be done.'))
    return (await vscode.window.showQuickPick(items, { matchOnDetail: true }))?.key ?? null
  }

  return {
    doAction: (...words) => doAction(words),
    holdJob: about(({ state: shown, held }) => shown === 'queued' && !held, hold),
    releaseJob: about(isHeld, release),
    pauseGroup: (word) =>
      changeGroup(
        word,
        ({ paused }) => !paused,
        () => Promise.resolve({ paused: true }),
      ),
    resumeGroup: (word) =>
      changeGroup(
        word,
        ({ paused }) => paused,
        () => Promise.resolve({ paused: false }),
      ),
    setGroupLimit: (word) =>
      changeGroup(
        word,
        () => true,
        async ({ limit }, name) => {
          const text = await vscode.window.showInputBox({
            prompt: plainNotice(vscode.l10n.t('How many jobs of the group {0} may run at once', name)),
            value: String(limit),
            validateInput: (typed) =>
              groupLimitSchema.safeParse(Number(typed)).success
                ? undefined
                : vscode.l10n.t('A whole number from 1 to {0}', maxGroupLimit),
          })
          return text === undefined ? null : { limit: Number(text) }
        },
      ),
  }
}

/** It waits for a person, or its follow-up does. */
export function isHeld({ held, followUp }: JobDescription): boolean {
  return held || followUp?.held === true
}

/** Of several actions of a block the person picks one; null: none. */
async function chooseAction(place: BlockPlace): Promise<BlockPlace | null> {
  const { actions } = place.block
  if (actions.length < 2 || (place.nth ?? null) !== null) return place
  const items = actions.map((action, nth) => ({
    label: vscode.l10n.t(actionTitles[action.type]),
    description:
      'command' in action ? plainLabel(action.command, labelChars) : 'jobId' in action ? (action.jobId ?? '') : '',
    nth,
  }))
  const placeHolder = vscode.l10n.t('The block has {0} actions: which one?', actions.length)
  const picked = await vscode.window.showQuickPick(items, { placeHolder })
  return picked === undefined ? null : { ...place, nth: picked.nth }
}
