// Every word of the table of experiments, in English. The editor translates the values (they are the keys of its translations)
// and sends the record to the page; `{0}`, `{1}` stand for what is filled in.

export const englishExperimentsWords = {
  columns: {
    run: 'Run',
    status: 'State',
    metric: 'Metric',
    value: 'Value',
    delta: 'Δ best',
    started: 'Started',
    duration: 'Duration',
    template: 'Template',
    seed: 'seed',
    commit: 'Commit',
    folder: 'Folder',
  },
  states: { live: 'running', success: 'success', failed: 'failed', canceled: 'canceled' },
  actions: {
    openReport: 'Open Report',
    showLog: 'Show Log',
    showJob: 'Show Job',
    runAgain: 'Run Again with Changes…',
    copyId: 'Copy Run Id',
    revealFolder: 'Reveal Run Folder',
  },
  page: {
    title: 'Experiments',
    filter: 'Filter',
    filterHint: 'Words, or comparisons: val_acc>0.9 status=failed',
    unknown: 'No column is called {0}.',
    unknownMeant: 'No column is called {0}. Was {1} meant?',
    columns: 'Columns',
    ofRun: 'Run',
    parameters: 'Parameters',
    metrics: 'Metrics',
    show: 'Show {0}',
    pin: 'Pin {0} at the left',
    pinned: 'Pinned',
    usual: 'Usual columns',
    tooMany: 'Only {0} columns are shown at once.',
    differing: 'Differing columns only',
    curves: 'Best and last',
    curvesHint: 'The best and the last value of each metric, read from the log and the files of each run',
    best: 'best',
    last: 'last',
    compare: 'Compare {0} runs',
    compareHint: 'Choose two to {0} runs',
    closeCompare: 'Back to the table',
    export: 'Export as CSV…',
    runExperiment: 'Run Experiment…',
    counts: '{0} runs',
    countsOf: '{0} of {1} runs',
    selected: '{0} chosen',
    clear: 'Choose none',
    choose: 'Choose {0}',
    sortBy: 'Sort by {0}',
    isBest: 'the best run of its metric',
    toolbar: 'What can be done with the run {0}',
    noRun: 'No run',
    none: 'No runs are recorded yet.',
    noneFound: 'No run passes the filter.',
    reading: 'Reading…',
    table: 'Runs',
  },
  compare: {
    title: 'Compared runs',
    facts: 'Settings and results',
    differing: 'Differing rows only',
    plots: 'Over time',
    reading: 'Reading the numbers of these runs…',
    none: 'Their logs and files hold no numbers over time.',
    choose: 'Metrics to plot',
    logScale: 'Logarithmic',
    index: 'record',
    best: 'Best {0} at {1}',
    last: 'last {0}',
    nonFinite: '{0} values are no numbers',
    missing: 'no such numbers',
    points: '{0} values',
    lower: 'lower is better',
    higher: 'higher is better',
    all: 'They do not differ in what was recorded.',
    remove: 'Leave out {0}',
    pick: 'Pick out {0}',
  },
} as const

type Words = typeof englishExperimentsWords

export type ExperimentsWords = {
  readonly [Group in keyof Words]: { readonly [Name in keyof Words[Group]]: string }
}

/** The words, each as `translate` gives it. */
export function translateExperimentsWords(translate: (english: string) => string): ExperimentsWords {
  const groups = Object.entries(englishExperimentsWords).map(([group, words]) => [
    group,
    Object.fromEntries(Object.entries(words).map(([name, english]) => [name, translate(english)])),
  ])
  // Keys are those of englishExperimentsWords, group by group.
  return Object.fromEntries(groups) as ExperimentsWords
}
