// Every word of the page that shows one job, in English. The editor translates the values (they are the keys of its
// translations) and sends the record to the page; `{0}`, `{1}` stand for what is filled in.

export const englishWords = {
  states: {
    requested: 'requested',
    checking: 'checking',
    running: 'running',
    settling: 'settling',
    succeeded: 'succeeded',
    failed: 'failed',
    stopped: 'stopped',
    lost: 'lost',
    blocked: 'blocked',
  },
  actions: {
    stop: 'Stop',
    restart: 'Restart',
    restartWithEdits: 'Restart with Edits',
    showLog: 'Show Log',
    showReport: 'Open Report',
    revealFolder: 'Reveal Folder',
    copyId: 'Copy Id',
    copyCommand: 'Copy Command',
    remove: 'Remove',
  },
  page: {
    gone: 'This job was removed. Nothing of it is left to show.',
    toolbar: 'What can be done with this job',
    facts: 'Facts',
    plan: 'Everything it may do',
    timeline: 'Timeline',
    log: 'End of the log',
    files: 'Required files',
    elapsed: 'Elapsed',
    noDescription: 'Job {0}',
  },
  facts: {
    state: 'State',
    confirmed: 'confirmed',
    reason: 'Reason',
    command: 'Command',
    task: 'Task',
    directory: 'Directory',
    asked: 'Asked',
    from: 'From',
    fromFollowUp: 'Follow-up of {0}, attempt {1}',
    fromConversation: '{0}, conversation {1}',
    fromLine: '{0}, line {1}',
    fromInput: 'Standard input, line {0}',
    started: 'Started',
    ended: 'Ended',
    exit: 'Exit',
    attempt: 'Attempt',
    approval: 'Approval',
    commit: 'Commit',
    dirty: '{0}, with changes that are not committed',
    onBranch: '{0} on {1}',
    checks: 'Checks',
    leftBehind: 'Left running',
    host: 'Host',
    log: 'Log',
    id: 'Id',
    problems: 'Problems',
  },
  approvals: {
    asked: 'by a person who was shown everything',
    yes_flag: 'with --yes',
    remembered: 'as the same was before',
    parent: 'with the job that promised it',
  },
  timeline: {
    requested: 'Asked for',
    approved: 'Approved',
    checksPassed: 'Checks passed',
    checksFailed: 'Checks failed',
    noChecks: 'No checks to do',
    launching: 'Starting attempt {0}',
    started: 'Started',
    process: 'process {0}',
    source: 'Commit recorded',
    noSource: 'No commit recorded',
    looked: 'Last look at its log',
    wrapperLost: 'Its exit will not be known',
    stopRequested: 'Asked to stop',
    timeLimit: 'Time limit reached',
    exited: 'Command ended',
    leftBehind: 'left running: {0}',
    filesReady: 'Required files ready',
    filesNotReady: 'Required files not ready',
    ended: 'Ended: {0}',
    followUpPromised: 'Follow-up promised',
    followUpQueued: 'Follow-up queued, to be run by a person',
    followUpCreated: 'Follow-up created',
    followUpStarted: 'Follow-up started',
    followUpEnded: 'Follow-up ended: {0}',
    documentEdited: 'Document written',
    documentNotEdited: 'Document could not be written',
    restarted: 'Restarted',
    empty: 'Nothing has happened yet.',
  },
  files: {
    awaited: 'awaited',
    ready: 'ready',
    missing: 'missing',
    unchanged: 'unchanged',
    empty: 'empty',
    growing: 'still growing',
    invalid_json: 'not valid JSON',
    unreadable: 'unreadable',
    outside: 'outside of the workspace',
    notLookedAt: 'not looked at',
    none: 'It has to write no files.',
  },
  log: {
    none: 'There is no log yet.',
    empty: 'The log is empty so far.',
    lines: 'The last {0} lines',
    cut: 'The beginning of the first line is not shown.',
  },
  plots: {
    title: 'Numbers',
    none: 'No numbers with names were found in the log or the required files.',
    choose: 'Show',
    logScale: 'Logarithmic',
    index: 'line',
    log: 'log',
    best: 'Best {0} at {1}',
    range: '{0} to {1}',
    constant: '{0} throughout',
    last: 'last {0} at {1}',
    lower: 'lower is better',
    higher: 'higher is better',
    nonFinite: '{0} values are not finite, the first at {1}',
    notPositive: 'Values of 0 and below are not drawn on a logarithmic axis.',
    table: 'The numbers as a table',
    metric: 'Metric',
    source: 'From',
    first: 'First',
    bestColumn: 'Best',
    lastColumn: 'Last',
    values: 'Values',
    primary: 'primary',
    results: 'Results',
    value: 'Value',
    missing: 'missing',
    skipped: '{0}: the first {1} MiB were not read.',
    reading: 'The numbers are still being read: what is shown is their beginning.',
  },
  followUp: {
    title: 'Follow-up',
    none: 'No follow-up was asked for.',
    promised: 'When the job ends: {0}',
    notPromised: 'The way the job ended, none is owed.',
    pending: 'pending',
    running: 'running',
    done: 'done',
    blocked: 'blocked',
    failed: 'failed',
    canceled: 'canceled',
    report: 'Report of {0}',
    cut: 'The beginning of the report is in its log.',
  },
} as const

type Words = typeof englishWords

export type JobPageWords = {
  readonly [Group in keyof Words]: { readonly [Name in keyof Words[Group]]: string }
}

/** The words, each as `translate` gives it. */
export function translateWords(translate: (english: string) => string): JobPageWords {
  const groups = Object.entries(englishWords).map(([group, words]) => [
    group,
    Object.fromEntries(Object.entries(words).map(([name, english]) => [name, translate(english)])),
  ])
  // Keys are those of englishWords, group by group.
  return Object.fromEntries(groups) as JobPageWords
}

/** `{0}`, `{1}`, … replaced by the values, which are not looked at again. */
export function fill(template: string, ...values: readonly (string | number)[]): string {
  return template.replace(/\{(\d)\}/g, (mark, index: string) => {
    const value = values[Number(index)]
    return value === undefined ? mark : String(value)
  })
}
