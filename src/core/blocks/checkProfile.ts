// The research run profile of the relay-long-task-callback skill: what a training or evaluation run should bring along
// so that it can be found and compared later. Only for jobs that look like one; advice, never a reason to refuse.
import type { DiagnosticCode, Fix, Range } from './diagnostic'
import type { Findings } from './findings'
import { propertyOf, type JsonNode, type JsonObject } from './jsonTree'
import { insertInList, insertProperties } from './insertJson'
import { simpleCommands, type Word } from './shellWords'
import { sourceOffsets } from './sourceOffsets'

const launcher = 'scripts/vr_run.sh'
const artifacts = ['metrics.json', 'meta.json', 'train.log']
/** What says that a run is meant. */
const looksLikeRun = /vr_run\.sh|\bexp\/results\/|--run-dir\b|--run-id\b/

export function checkProfile(action: JsonObject, body: string, findings: Findings): void {
  const command = propertyOf(action, 'command')
  if (command?.value.kind !== 'string' || !looksLikeRun.test(command.value.value)) return
  const node = command.value
  const text = command.value.value
  const before = findings.count
  const hint = (code: DiagnosticCode, { start, end }: Range, message: string, fix?: Fix) =>
    findings.add({ code, severity: 'hint', message, start, end, ...(fix && { fix }) })

  const launch = simpleCommands(text).find(({ words }) => words.some(isLauncher))
  const inSource = sourceOffsets(body, node)
  const rangeOf = ({ start, end }: Range) => ({ start: inSource(start), end: inSource(end) })
  const runDir = valueOf(launch?.words ?? [], '--run-dir') ?? /\bexp\/results\/[\w.-]+/.exec(text)?.[0]
  const watch = propertyOf(action, 'watch')
  // A watch made of misplaced fields has no braces of its own.
  const watchNode = watch?.value.kind === 'object' && body[watch.value.start] === '{' ? watch.value : undefined
  const required = watchNode && propertyOf(watchNode, 'requireFiles')
  const files = textsOf(required?.value)
  const wanted =
    runDir === undefined || runDir.includes('$')
      ? artifacts
      : artifacts.map((name) => `${runDir.replace(/\/+$/, '')}/${name}`)
  const lacking = wanted.filter(
    (file, at) => !files.some((given) => given === file || (file === artifacts[at] && given.endsWith(`/${file}`))),
  )
  if (!launch) {
    // Who requires all three files has a program that writes them itself.
    const message = `This looks like a research run, but it is not launched through ${launcher}, which records what ran. Write ${launcher} --run-id … --run-dir … -- before the command.`
    if (lacking.length > 0) hint('profile-launcher', node, message)
  } else {
    const words = launch.words.map((word) => word.text)
    const missing = ['--run-id', '--run-dir', '--'].filter(
      (option) => !words.some((word) => word === option || (option !== '--' && word.startsWith(`${option}=`))),
    )
    if (missing.length > 0) {
      hint(
        'profile-run-arguments',
        rangeOf(launch),
        `${launcher} also needs ${missing.join(' and ')}: --run-id <id> --run-dir exp/results/<id> -- <command>.`,
      )
    } else if (runDir !== undefined && !/(?:^|\/)exp\/results\/[^/]/.test(runDir) && !runDir.includes('$')) {
      hint(
        'profile-run-arguments',
        rangeOf(launch),
        'The skill keeps every run under exp/results/<run_id>. Write that as --run-dir, so that the registry finds it.',
      )
    }
  }
  if (lacking.length > 0) {
    const list = lacking.map((file) => JSON.stringify(file))
    const isNamed = lacking.every((file) => file.includes('/'))
    const fix =
      !isNamed || !watchNode
        ? undefined
        : !required
          ? insertProperties(watchNode, [`"requireFiles":[${list.join(',')}]`])
          : required.value.kind === 'list' && body[required.value.start] === '['
            ? insertInList(required.value, list)
            : undefined
    const message = `A research run is done when its files are there: "requireFiles" should also name ${lacking.join(', ')}.`
    hint(
      'profile-require-files',
      required?.key ?? watch?.key ?? node,
      message,
      fix && { title: 'Require the files of the run', ...fix, isGuess: true },
    )
  }

  const preflight = propertyOf(action, 'preflight')
  const checks = preflight?.value.kind === 'object' ? propertyOf(preflight.value, 'checks')?.value : undefined
  const list = checks?.kind === 'list' ? checks : undefined
  const isChecked = list?.items.some(
    (item) =>
      item.kind === 'object' && textsOf(propertyOf(item, 'path')?.value).some((path) => path.endsWith('vr_run.sh')),
  )
  if (launch && isChecked !== true) {
    const check = `{"type":"path_exists","path":"${launcher}"}`
    const fix = !preflight
      ? insertProperties(action, [`"preflight":{"checks":[${check}]}`])
      : list && body[list.start] === '['
        ? insertInList(list, [check])
        : undefined
    hint(
      'profile-preflight',
      preflight?.key ?? node,
      `The skill asks for a preflight check that ${launcher} exists, so that a missing one is known before the start.`,
      fix && { title: 'Add the check', ...fix, isGuess: true },
    )
  }

  const unsaid = [
    ['readyTimeoutSec', '900'],
    ['onMissing', '"block"'],
  ].filter(([name = '']) => !watchNode || !propertyOf(watchNode, name))
  if (unsaid.length > 0) {
    const names = unsaid.map(([name = '']) => `watch.${name}`).join(' and ')
    const fix =
      watchNode &&
      insertProperties(
        watchNode,
        unsaid.map(([name = '', value = '']) => `"${name}":${value}`),
      )
    // These are the defaults, so that writing them changes nothing.
    hint(
      'profile-watch',
      watch?.key ?? node,
      `The skill asks for ${names} in a research run, so that missing files block the follow-up and do not confuse it.`,
      fix && { title: 'Write the defaults', ...fix },
    )
  }
  if (findings.count > before) {
    hint(
      'profile-prefer-template',
      node,
      'For a run with a template, ask for /exp run first: it allocates the run id and its folder and writes all of this. A plain job_start is the fallback.',
    )
  }
}

const isLauncher = ({ text }: Word): boolean => /(?:^|\/)vr_run\.sh$/.test(text)

function valueOf(words: readonly Word[], option: string): string | undefined {
  const at = words.findIndex(({ text }) => text === option || text.startsWith(`${option}=`))
  const given = words[at]?.text
  return given?.includes('=') ? given.slice(option.length + 1) : words[at + 1]?.text
}

function textsOf(node: JsonNode | undefined): readonly string[] {
  if (node?.kind === 'list') return node.items.flatMap(textsOf)
  return node?.kind === 'string' ? [node.value] : []
}
