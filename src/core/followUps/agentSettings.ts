// The settings that say who does follow-ups, what steps are made of, and what a person is told of while jobs run, by the names that they have everywhere: in VS Code, in the settings file of the
// state folder, on the command line. All of them are a person's own; none is ever taken from a workspace.
import { defaultStaleSec } from '../jobs/alerts'
import type { PlanDefaults } from '../jobs/plan'
import { type LaunchChoice, launchChoices } from '../tracking/launchChoice'
import {
  defaultBodyTemplate,
  defaultCommitTrailer,
  defaultTitleTemplate,
  problemOfBodyTemplate,
  problemOfTitleTemplate,
  problemOfTrailer,
} from '../tracking/resultsTemplate'
import { compileAlertPattern, maxAlertPatternChars, maxAlertPatterns } from '../logs/alertPatterns'
import { definitionsPath, specPath } from '../steps/paths'
import { type Otherwise, otherwiseChoices } from './otherwise'

export const agentChoices = ['auto', 'claude', 'codex', 'command', 'vscode', 'builtin'] as const
export type AgentChoice = (typeof agentChoices)[number]

export const claudePermissionModes = ['default', 'plan', 'dontAsk', 'acceptEdits', 'auto', 'bypassPermissions'] as const
export type ClaudePermissionMode = (typeof claudePermissionModes)[number]

export const codexSandboxes = ['read-only', 'workspace-write', 'danger-full-access'] as const
export type CodexSandbox = (typeof codexSandboxes)[number]

/** With their defaults. What an agent may do unattended is little until a person says more. */
export const agentSettings = {
  'relay.followUps.agent': 'auto' as AgentChoice,
  'relay.followUps.claude.model': '' as string,
  'relay.followUps.claude.permissionMode': 'default' as ClaudePermissionMode,
  'relay.followUps.claude.args': [] as readonly string[],
  'relay.followUps.codex.model': '' as string,
  'relay.followUps.codex.sandbox': 'read-only' as CodexSandbox,
  'relay.followUps.codex.args': [] as readonly string[],
  'relay.followUps.vscode.model': '' as string,
  'relay.followUps.command': [] as readonly string[],
  'relay.followUps.timeLimitMinutes': 60 as number,
  'relay.followUps.otherwise': 'builtin' as Otherwise,
  'relay.followUps.rateLimitWaitMinutes': 360 as number,
  /** 0: never. */
  'relay.alerts.staleMinutes': defaultStaleSec / 60,
  /** Empty: those that are built in. */
  'relay.alerts.patterns': [] as readonly string[],
  /** From the folder on, as the next. */
  'relay.steps.definitions': definitionsPath as string,
  'relay.steps.spec': specPath as string,
  /** For steps that name none. */
  'relay.steps.skills': [] as readonly string[],
  /** A step without them is not run. */
  'relay.steps.mandatorySkills': [] as readonly string[],
  /** Where there is no agent, a script that an agent was to run is run by itself. */
  'relay.steps.directScripts': false as boolean,
  /** For monitors that say nothing of it. */
  'relay.steps.monitorSeconds': 60 as number,
  'relay.tracking.launch': 'auto' as LaunchChoice,
  /** Of a cluster that is reached by ssh; empty: none. */
  'relay.tracking.sshHost': '' as string,
  'relay.tracking.title': defaultTitleTemplate as string,
  'relay.tracking.body': defaultBodyTemplate,
  'relay.tracking.trailer': defaultCommitTrailer as string,
} as const
export type AgentSettings = typeof agentSettings
export type AgentSetting = keyof AgentSettings
export const agentSettingNames = Object.keys(agentSettings) as AgentSetting[] // The keys of a table that nothing is added to.

/** The values of those that are a choice. */
export const agentSettingChoices: Readonly<Partial<Record<AgentSetting, readonly string[]>>> = {
  'relay.followUps.agent': agentChoices,
  'relay.followUps.claude.permissionMode': claudePermissionModes,
  'relay.followUps.codex.sandbox': codexSandboxes,
  'relay.followUps.otherwise': otherwiseChoices,
  'relay.tracking.launch': launchChoices,
}

const ranges: Readonly<Partial<Record<AgentSetting, readonly [number, number]>>> = {
  'relay.followUps.timeLimitMinutes': [1, 1440],
  'relay.followUps.rateLimitWaitMinutes': [0, 10_080],
  'relay.alerts.staleMinutes': [0, 10_080],
  'relay.steps.monitorSeconds': [1, 86_400],
}

/** What is wrong with a value of a setting, in a phrase that follows its name; null if it can be used. */
export function problemOfSetting(name: AgentSetting, value: unknown): string | null {
  const usual = agentSettings[name]
  const choices = agentSettingChoices[name]
  const range = ranges[name]
  if (choices !== undefined)
    return choices.some((one) => one === value) ? null : `wants one of ${choices.join(', ')}, not ${shown(value)}`
  if (range !== undefined) {
    const [least, most] = range
    const isFit = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
    return isFit ? null : `wants a whole number from ${least} to ${most}, not ${shown(value)}`
  }
  if (typeof usual === 'boolean') return typeof value === 'boolean' ? null : `wants true or false, not ${shown(value)}`
  if (name === 'relay.steps.definitions' || name === 'relay.steps.spec')
    return typeof value === 'string' && value !== '' && !leadsOut(value)
      ? null
      : `wants the path of a file in the folder, from the folder on, not ${shown(value)}`
  if (typeof usual === 'string')
    return typeof value === 'string' ? (problemOfText[name]?.(value) ?? null) : `wants a text, not ${shown(value)}`
  const isList = Array.isArray(value) && value.every((one) => typeof one === 'string' && !one.includes('\0'))
  if (!isList) return `wants a list of texts, as in ["--flag","value"], not ${shown(value)}`
  return name === 'relay.alerts.patterns' ? problemOfPatterns(value as readonly string[]) : null // A list, as was just seen.
}

function leadsOut(path: string): boolean {
  return path.startsWith('/') || path.split('/').includes('..')
}

/** As the schema of plans has it, which is too much to be loaded with an editor. */
const sshHostPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,120}(?:@[A-Za-z0-9][A-Za-z0-9._-]{0,120})?$/

const problemOfText: Readonly<Partial<Record<AgentSetting, (text: string) => string | null>>> = {
  'relay.tracking.sshHost': (text) =>
    text === '' || sshHostPattern.test(text) ? null : `wants the name of a host for ssh, not ${shown(text)}`,
  'relay.tracking.title': problemOfTitleTemplate,
  'relay.tracking.body': problemOfBodyTemplate,
  'relay.tracking.trailer': problemOfTrailer,
}

function problemOfPatterns(patterns: readonly string[]): string | null {
  if (patterns.length > maxAlertPatterns) return `wants at most ${maxAlertPatterns} patterns, not ${patterns.length}`
  for (const pattern of patterns) {
    if (pattern.length > maxAlertPatternChars)
      return `wants patterns of at most ${maxAlertPatternChars} characters, not ${shown(pattern)}`
    const compiled = compileAlertPattern(pattern)
    if ('problem' in compiled) return `has the pattern ${shown(pattern)}, which cannot be used: ${compiled.problem}`
  }
  return null
}

/** What the settings say for jobs whose blocks do not; what is as it is built in is left out. */
export function planDefaults(settings: AgentSettings): PlanDefaults {
  const minutes = settings['relay.alerts.staleMinutes']
  const patterns = settings['relay.alerts.patterns']
  return {
    ...(minutes * 60 === defaultStaleSec ? {} : { staleSec: minutes * 60 }),
    ...(patterns.length === 0 ? {} : { alertOn: patterns }),
  }
}

/** The defaults with the usable ones of `values` over them. */
export function withSettings(values: Readonly<Partial<Record<AgentSetting, unknown>>>): AgentSettings {
  const usable = Object.entries(values).filter(
    ([name, value]) => value !== undefined && problemOfSetting(name as AgentSetting, value) === null,
  )
  return { ...agentSettings, ...(Object.fromEntries(usable) as Partial<AgentSettings>) } // Each was looked at.
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined
  return text === undefined ? 'nothing' : text.length > 60 ? `${text.slice(0, 60)}…` : text
}
