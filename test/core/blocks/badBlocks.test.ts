// Bad blocks made by hand: each has its code, its exact place (between « and »), its reason, and its fix where there is one.
import { describe, expect, it } from 'vitest'
import { diagnosticCodes, type Diagnostic, type DiagnosticCode } from '../../../src/core/blocks/diagnostic'
import { parseBlocks } from '../../../src/core/blocks/parseBlocks'

type Row = readonly [code: DiagnosticCode, text: string, message: string, newText?: string]

const block = (body: string): string => `[[relay-actions]]\n${body}\n[[/relay-actions]]`
const action = (json: string): string => block(`{"actions":[${json}]}`)
const job = (fields: string): string => action(`{"type":"job_start",${fields}}`)
const watch = (fields: string): string => job(`"command":"ls","watch":{${fields}}`)
const preflight = (check: string): string => job(`"command":"ls","preflight":{"checks":[${check}]}`)
const gate = (fields: string): string =>
  job(`"supervisor":{"runId":"r1","stateFile":"s.json","smokeCmd":"a","fullCmd":"b"${fields}}`)
const good = '{"actions":[{"type":"job_start","command":"ls"}]}'

const markers: readonly Row[] = [
  ['marker-mentioned', 'emit one «[[relay-actions]]» block', 'only mentioned'],
  ['marker-mentioned', 'use `«[[relay-actions]]»` here', 'only mentioned'],
  ['marker-mentioned', '«[[Relay-Actions]]» is the marker', 'only mentioned'],
  ['marker-not-at-line-start', `Here: «[[relay-actions]]»\n${good}\n[[/relay-actions]]`, 'own', '\n'],
  ['marker-not-at-line-start', `> Here: «[[relay-actions]]»\n> \`\`\`json\n> ${good}`, 'follows other text', '\n'],
  ['marker-stray', `${good}\n«[[/relay-actions]]»`, 'closes nothing', ''],
  ['block-unclosed', `«[[relay-actions]]»\n${good}\n`, 'never closed'],
  ['block-unclosed', `«[[relay-actions]]»\n${good}\n${block(good)}`, 'never closed'],
  ['block-unclosed', `«[[relay-actions]]»${good}`, 'never closed'],
  ['block-empty', '[[relay-actions]]«\n\n»[[/relay-actions]]', 'empty'],
  ['block-empty', '[[relay-actions]]« »[[/relay-actions]]', 'empty'],
  ['block-too-large', block(`{"actions":[${' '.repeat(19_988)}«]}»`), 'has 20002 characters'],
  ['too-many-blocks', `${block('')}\n`.repeat(1000) + '«[[relay-actions]]»\n', 'first 1000 blocks'],
  ['too-many-diagnostics', job(`"command":"${'\u200b'.repeat(100)}«\u200b»"`), 'more findings'],
]

const json: readonly Row[] = [
  ['fence-language', block(`\`\`\`«jsonc»\n${good}\n\`\`\``), 'says "jsonc"', 'json'],
  ['fence-unpaired', block(`«\`\`\`json»\n${good}`), 'no counterpart', ''],
  ['fence-unpaired', block(`${good}\n«\`\`\`»`), 'no counterpart', ''],
  ['json-comment', block(`{ «// later»\n${good.slice(1)}`), 'no comments', ''],
  ['json-comment', job('"command":"ls"«/* x */»'), 'no comments', ''],
  ['json-trailing-comma', job('"command":"ls"«,»'), 'comma before', ''],
  ['json-trailing-comma', action('{"type":"task_run"}«,»'), 'comma before', ''],
  [
    'json-smart-quotes',
    block('{«“»actions”:[{“type”:“task_run”}]}'),
    'straight quotes',
    '"actions":[{"type":"task_run"',
  ],
  ['json-single-quotes', action(`{«'type'»:"task_run"}`), 'double quotes', '"type"'],
  ['json-single-quotes', job(`"command":«'echo "hi"'»`), 'double quotes', '"echo \\"hi\\""'],
  [
    'json-escaped-quotes',
    block('{«\\"»actions\\":[{\\"type\\":\\"task_run\\"}]}'),
    'escaped once too often',
    '{"actions',
  ],
  ['json-raw-newline', job('"command":"echo a«\n»echo b"'), 'line break', '\\n'],
  ['json-raw-newline', job('"command":"echo a«\r\n»echo b"'), 'line break', '\\n'],
  ['json-raw-newline', job('"command":"a \\«\n» b"'), 'line break', '\\\\\\n'],
  ['json-unescaped-quote', job('"command":"echo «"»hi there""'), 'must be written', '\\"'],
  ['json-control-character', job('"command":"echo«\t»a"'), 'U+0009', '\\t'],
  ['json-bad-escape', job('"command":"grep «\\d»+ log"'), 'no JSON escape', '\\\\d'],
  ['json-bad-escape', job(`"command":"echo «\\'»a'"`), 'no JSON escape', "'"],
  ['json-bad-escape', job('"command":"echo «\\u12»"'), 'no JSON escape', '\\\\u12'],
  ['json-string-unclosed', job('"command":«"»ls,\n"description":"x"'), 'never closed'],
  ['json-string-unclosed', block('{"actions":[{"type":«"»task_run}]}'), 'never closed'],
  ['json-ellipsis', block('{"actions":[«...»]}'), 'left out'],
  ['json-ellipsis', block('{"actions":[«…»]}'), 'left out'],
  ['json-literal', watch('"runTasks":«True»'), 'Write true', 'true'],
  ['json-literal', job('"command":"ls","watch":«None»'), 'Write null', 'null'],
  ['json-unquoted-key', block('{«actions»:[{"type":"task_run"}]}'), 'key "actions"', '"actions"'],
  ['json-bracket-unclosed', block('{"actions":«[»{"type":"task_run"}'), 'never closed', ']}'],
  ['json-bracket-mismatch', block('{"actions":[{"type":"task_run"}«}»'), 'Expected "]"', ']'],
  ['json-too-deep', block(`{"actions":${'['.repeat(31)}«[»${']'.repeat(32)}}`), 'more than 32 deep'],
  ['json-duplicate-key', job('"command":"ls",«"command"»:"rm"'), 'given twice'],
  ['json-duplicate-key', job('"command":"ls",«"comm\\u0061nd"»:"rm"'), 'given twice'],
  ['json-duplicate-key', block('{"actions":[],«"actions"»:[{"type":"task_run"}]}'), 'given twice'],
  ['json-comma-missing', job('"command":"ls" «"description"»:"x"'), '"," is missing', ','],
  ['json-colon-missing', job('"command"« »"ls"').replace('« »"ls"', ' «"ls"»'), '":"'],
  ['json-key-expected', job('«,»"command":"ls"'), 'key'],
  ['json-value-expected', job('"command":«,»"watch":{}'), 'value'],
  ['json-number', watch('"everySec":«5.»'), 'number'],
  ['json-text-after-end', block(`${good} «{»}`), 'ended before'],
  ['json-unexpected', block('«#» comment'), 'not JSON'],
  ['json-unexpected', block('«job_start» block'), 'not JSON'],
]

const lists: readonly Row[] = [
  ['root-not-object', block('«"job_start"»'), 'an object of the form'],
  ['root-is-list', block('«[{"type":"task_run"}]»'), 'put this list', '{"actions":[{"type":"task_run"}]}'],
  ['root-is-action', block('«{"type":"task_run"}»'), 'without its list', '{"actions":[{"type":"task_run"}]}'],
  ['actions-missing', block('«{»"x":1}'), 'no "actions"'],
  ['actions-not-list', block('{"actions":«{"type":"task_run"}»}'), 'must be a list', '[{"type":"task_run"}]'],
  ['actions-not-list', block('{"actions":«3»}'), 'must be a list'],
  ['actions-empty', block('{«"actions":[]»}'), 'no actions'],
  [
    'too-many-actions',
    action(`${'{"type":"task_run"},'.repeat(64)}«{"type":"task_run"}]»`).replace(']»]', ']»'),
    'not 65',
  ],
  ['action-not-object', action('«"job_start"»'), 'is an object'],
  ['unknown-action', action('{"type":«"start_job"»}'), 'Known are job_start'],
  ['unknown-action', action('{"type":«"jobstart"»}'), 'Did you mean "job_start"?', '"job_start"'],
  ['missing-field', action('«{»"command":"ls"}'), '"type" is missing'],
  ['wrong-type', action('{"type":«3»}'), 'name of an action'],
]

const fields: readonly Row[] = [
  ['unknown-key', watch('«"everysec"»:5'), 'Did you mean "everySec"?', '"everySec"'],
  ['unknown-key', job('"command":"ls",«"everySec"»:5'), 'belongs inside "watch"'],
  ['unknown-key', job('"command":"ls",«"nice"»:5'), 'Remove it'],
  ['unknown-key', job('"command":"ls",«"__proto__"»:{"command":"rm"}'), 'not known'],
  ['unknown-key', job('"command":"ls",«"constructor"»:5'), 'not known'],
  ['unknown-key', block('{«"action"»:[]}'), 'Did you mean "actions"?', '"actions"'],
  ['unknown-key', preflight('{"type":"path_exists","path":"a",«"timeoutSec"»:3}'), 'not known'],
  ['unknown-key', gate(',«"smokeCommand"»:"x"'), 'not known in "supervisor"'],
  ['missing-field', preflight('{"type":«"path_exists"»}'), '"path" is missing'],
  ['missing-field', job('"supervisor":«{»"runId":"r1"}').replace('"supervisor":«{»', '«"supervisor"»:{'), 'missing'],
  ['missing-field', action('{"type":«"task_add"»}'), '"text" is missing'],
  ['missing-field', job('"command":"ls",«"preflight"»:{}'), '"checks" is missing'],
  ['empty-field', job('"command":"ls",«"watch":null»'), 'Leave it out'],
  ['empty-field', job('«"command":""»,"supervisor":{"runId":"r"}'), 'Leave it out'],
  ['empty-string', action('{"type":"task_add","text":«" "»}'), 'must not be empty'],
  ['wrong-type', watch('"everySec":«"300"»'), 'must be a whole number from 1 to 86400, not the text "300"', '300'],
  ['wrong-type', watch('"everySec":«1.5»'), 'whole number'],
  ['wrong-type', watch('"runTasks":«"false"»'), 'true or false', 'false'],
  ['wrong-type', watch('"everySec":«1e999»'), 'whole number'],
  ['wrong-type', job('"command":«["ls","-l"]»'), 'a text in double quotes, not a list'],
  ['wrong-type', job('"command":«3»'), 'not 3', '"3"'],
  ['wrong-type', job('"command":"ls","watch":«[]»'), 'an object'],
  ['wrong-type', watch('"requireFiles":["a",«3»]'), 'a text', '"3"'],
  ['wrong-type', preflight('«"a"»'), 'an object'],
  ['wrong-value', watch('"onMissing":«"blok"»'), '"block" or "enqueue"', '"block"'],
  ['wrong-value', preflight('{"type":«"path_exist"»,"path":"a"}'), '"path_exists" or', '"path_exists"'],
  ['wrong-value', gate(',"mode":«"gate"»'), 'must be "stage0_smoke_gate"'],
  ['value-spelling', action('{"type":«"TASK_RUN"»}'), 'without blanks and capitals', '"task_run"'],
  ['value-spelling', watch('"onMissing":«"Block"»'), 'written "block"', '"block"'],
  ['out-of-range', watch('"everySec":«0»'), 'from 1 to 86400, not 0', '1'],
  ['out-of-range', watch('"everySec":«86401»'), 'from 1 to 86400', '86400'],
  ['out-of-range', watch('"tailLines":«501»'), 'from 1 to 500', '500'],
  ['out-of-range', watch('"readyTimeoutSec":«9»'), 'from 10 to 86400', '10'],
  ['out-of-range', watch('"readyPollSec":«3601»'), 'from 1 to 3600', '3600'],
  ['out-of-range', preflight('{"type":"cmd_exit_zero","cmd":"a","timeoutSec":«601»}'), 'from 1 to 600', '600'],
  ['out-of-range', preflight('{"type":"min_free_disk_gb","gb":«0»}'), 'more than 0'],
  ['out-of-range', preflight('{"type":"min_free_disk_gb","gb":«1025»}'), 'at most 1024', '1024'],
  ['too-long', watch(`"thenTask":"\\n${'x'.repeat(1999)}«y"»`), 'at most 2000 characters, not 2001'],
  ['too-long', job(`"command":"${'x'.repeat(12_000)}«y"»`), 'at most 12000'],
  ['too-long', job(`"command":"ls","description":"${'x'.repeat(200)}«yz"»`), 'at most 200'],
  ['too-long', preflight(`{"type":"path_exists","path":"${'x'.repeat(800)}«y"»}`), 'at most 800'],
  ['too-long', preflight(`{"type":"cmd_exit_zero","cmd":"${'x'.repeat(4000)}«y"»}`), 'at most 4000'],
  ['too-long', watch(`"requireFiles":"${'x'.repeat(600)}«y"»`), 'at most 600'],
  ['too-many-items', watch(`"requireFiles":[${'"x",'.repeat(32)}«"y"]»`), 'at most 32 files, not 33'],
  ['invalid-job-id', action('{"type":"job_stop","jobId":«"Train_1"»}'), 'must be the id of a job'],
  ['invalid-job-id', action('{"type":"job_watch","jobId":«"../x"»}'), 'must be the id of a job'],
  ['command-missing', action('{"type":«"job_start"»}'), 'nothing to run'],
  ['command-and-supervisor', job('"command":"ls",«"supervisor"»:{}'), 'not both'],
  ['then-task-misplaced', job('"command":"ls",«"thenTask"»:"look"'), 'inside "watch"', '"watch":{"thenTask":"look"}'],
  ['then-task-misplaced', watch('}, «"thenTaskDescription"»:"look" ').replace(' }}]}', '}]}'), 'inside "watch"'],
  ['then-task-conflict', watch('"thenTask":"a"},«"thenTask"»:"b"').replace('"b"}', '"b"'), 'they differ'],
  [
    'preflight-bare',
    job('"command":"ls","preflight":«[{"type":"path_exists","path":"a"}]»'),
    'read as its checks',
    '{"checks":[{"type":"path_exists","path":"a"}]}',
  ],
  [
    'preflight-bare',
    job('"command":"ls","preflight":«{"type":"path_exists","path":"a"}»'),
    'read as its checks',
    '{"checks":[{"type":"path_exists","path":"a"}]}',
  ],
]

const texts: readonly Row[] = [
  ['placeholder-left', job('"command":"echo \\"x\\" «<train/eval command>»"'), '<train/eval command>'],
  ['placeholder-left', watch('"thenTask":"Read\\n\\u0061t «<LOG_PATH>», now"'), 'not filled in'],
  ['placeholder-left', watch('"requireFiles":"«<run_dir>»/metrics.json"'), '"requireFiles"'],
  ['placeholder-left', preflight('{"type":"cmd_exit_zero","cmd":"test -f «<file>»"}'), '"cmd"'],
  ['placeholder-left', preflight('{"type":"path_exists","path":"exp/r«<run_id>»"}'), '"path"'],
  ['placeholder-left', gate(',"cwd":"«<projectDir>»"'), '"cwd"'],
  ['invisible-character', job('"command":"rm a«\u200b»b"'), 'U+200B', ''],
  ['invisible-character', job('"command":"ls «\\u202e»txt"'), 'U+202E', ''],
  ['invisible-character', job('"command":"ls«\\u0000»"'), 'U+0000', ''],
  ['invisible-character', job('"command":"ls«\\r»\\n"'), 'U+000D', ''],
  ['invisible-character', job('"command":"ls«\u00a0»-l"'), 'plain blank', ' '],
  ['invisible-character', job('"command":"ls «\ud800»"'), 'U+D800', ''],
  ['invisible-character', watch('"thenTask":"a«\u{e0041}»"'), 'U+E0041', ''],
  [
    'path-outside-workspace',
    watch('"requireFiles":["a",«"b/../../c"»]').replace('«"b/../../c"»', '"«b/../../c»"'),
    'out of',
  ],
  ['path-outside-workspace', preflight('{"type":"path_exists","path":"«../data»"}'), 'outside'],
  ['contract-one-job-start', action('{"type":"job_start","command":"a"},{"type":«"task_run"»}'), 'exactly one'],
  ['contract-one-job-start', action('{"type":"job_start","command":"a"},{"type":«"job_start"»,"command":"b"}'), 'one'],
  ['contract-watch', action('{"type":«"job_start"»,"command":"ls"}'), 'watch.thenTask, watch.runTasks true'],
  [
    'contract-watch',
    watch('"everySec":1,"thenTask":"a","runTasks":false').replace('"watch"', '«"watch"»'),
    'watch.tailLines',
  ],
]

const rows = [...markers, ...json, ...lists, ...fields, ...texts]
const hints: readonly DiagnosticCode[] = ['marker-mentioned', 'contract-one-job-start', 'contract-watch']
const warnings: readonly DiagnosticCode[] = [
  'fence-language',
  'fence-unpaired',
  'json-comment',
  'json-trailing-comma',
  'unknown-key',
  'empty-field',
  'value-spelling',
  'then-task-misplaced',
  'preflight-bare',
]

function allDiagnostics(text: string): readonly Diagnostic[] {
  const { blocks, diagnostics } = parseBlocks(text)
  return [...diagnostics, ...blocks.flatMap((each) => each.diagnostics)]
}

describe('a bad block', () => {
  it.each(rows.map(([code, marked, message, newText]) => ({ code, marked, message, newText })))(
    '$code: $message',
    ({ code, marked, message, newText }) => {
      const text = marked.replace(/[«»]/g, '')
      const start = marked.indexOf('«')
      const found = allDiagnostics(text).find((each) => each.code === code && each.start === start)
      expect(found, JSON.stringify(allDiagnostics(text))).toBeDefined()
      expect(text.slice(found?.start, found?.end)).toBe(marked.slice(start + 1, marked.indexOf('»')))
      expect(found?.message).toContain(message)
      expect(found?.message).toMatch(/^[A-Z"'].*[.?]$/)
      if (code !== 'path-outside-workspace') {
        expect(found?.severity).toBe(hints.includes(code) ? 'hint' : warnings.includes(code) ? 'warning' : 'error')
      }
      expect(found?.fix?.newText.slice(0, newText?.length || undefined)).toBe(newText)
      if (!found?.fix) return
      const fixed = text.slice(0, found.fix.start) + found.fix.newText + text.slice(found.fix.end)
      const left = allDiagnostics(fixed).filter((each) => each.code === code && each.start === start)
      expect(left, 'the fix repairs it').toEqual([])
    },
  )

  it('is known by every code there is', () => {
    expect(diagnosticCodes.filter((code) => !rows.some((row) => row[0] === code))).toEqual([])
  })
})
