// What nobody has said of a track: the experiment's name, its document, results and metrics, as they were the last time or as they are found.
// What was decided for the person is told in `notes`.
import { branchName } from './resultsBranch'
import type { TrackPlan } from './trackPlan'
import type { Surroundings, TrackWish } from './trackWish'

export function guessExperiment({ pointed, document }: TrackWish, here: Surroundings): string {
  if (document !== null) return stem(document)
  switch (pointed.kind) {
    case 'script':
      return stem(pointed.file)
    case 'launch': {
      const file = /(?:^|[\s'"=])((?:[\w./-]+\/)?[\w.-]+\.(?:py|sh|R|jl|js|ts|pl|slurm|sbatch))\b/.exec(
        pointed.command,
      )?.[1]
      return stem(file ?? pointed.command.trim().split(/\s+/)[0] ?? 'job')
    }
    case 'workflow':
      return stem(pointed.file)
    case 'slurm':
      return `slurm-${pointed.id.replace('_', '-')}`
    case 'process': {
      const file = /([\w.-]+)\.(?:py|sh|R|jl|js)\b/.exec(pointed.command ?? '')?.[1]
      return file ?? `process-${pointed.process.pid}`
    }
    case 'run':
      return here.repository === null ? `run-${pointed.id}` : `${stem(here.repository.name)}-run-${pointed.id}`
  }
}

function stem(path: string): string {
  const name = (path.split('/').at(-1) ?? path).replace(/\.[A-Za-z0-9]{1,8}$/, '')
  return name === '' ? 'job' : name.slice(0, 120)
}

/** What was said now, else what was said the last time. */
export function recall(what: 'results' | 'metrics', { last, ...wish }: TrackWish, notes: string[]): readonly string[] {
  const remembered = last?.[what] ?? []
  if (wish[what].length > 0 || remembered.length === 0) return wish[what]
  const [label, option] = what === 'results' ? ['Results are looked for in', '--results'] : ['Metrics are', '--metric']
  notes.push(`${label} ${remembered.join(', ')}, as the last time in this folder; others are named with ${option}.`)
  return remembered
}

/** The one that is named like the experiment, else the one of the last time, else the only one there is, else a new one. */
export function guessDocument(
  experiment: string,
  last: string | null,
  { documents }: Surroundings,
  notes: string[],
): string {
  const word = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '')
  const alike = documents.find((one) => word(stem(one)) === word(experiment))
  // One that was made for another experiment, on its own branch, is none for this.
  if (alike === undefined && last !== null && documents.includes(last)) {
    notes.push(`The table is written into ${last}, as the last time in this folder; another one is named with --doc.`)
    return last
  }
  const only = documents.filter((one) => /experiment|result/i.test(stem(one)))
  const chosen = alike ?? (only.length === 1 ? only[0] : undefined)
  if (chosen !== undefined) {
    notes.push(`${chosen} is taken for the experiment document; another one is named with --doc.`)
    return chosen
  }
  const fresh = `docs/${branchName(experiment, '').slice('results/'.length).replace(/-+$/, '') || 'experiment'}.md`
  notes.push(
    `No experiment document was found: ${fresh} is made on the results branch; another one is named with --doc.`,
  )
  return fresh
}

/** `runs/eval` is a folder, `runs/*\/metrics.json` a folder and a pattern. Of several folders the part they share is looked into. */
export function splitResults(
  asked: readonly string[],
  { resultFolders }: Surroundings,
  notes: string[],
): TrackPlan['results'] {
  if (asked.length === 0) {
    // One that is not there yet may be made by the job.
    const found = resultFolders[0] ?? 'results'
    notes.push(`Results are looked for in ${found}; another folder is named with --results.`)
    return { folder: found, globs: [] }
  }
  const parts = asked.map((one) => {
    const segments = one.replace(/^\.\//, '').replace(/\/+$/, '').split('/')
    const at = segments.findIndex((segment) => /[*?{]/.test(segment))
    // A file that is named whole is a pattern of its own folder.
    const isFile = at < 0 && /\.(?:jsonl?|ndjson|csv|tsv|log|txt)$/i.test(segments.at(-1) ?? '')
    const cut = at >= 0 ? at : isFile ? segments.length - 1 : segments.length
    return { folder: segments.slice(0, cut), glob: segments.slice(cut) }
  })
  const [first, ...rest] = parts
  const shared = (first?.folder ?? []).filter((segment, index) =>
    rest.every(
      ({ folder }) =>
        (first?.folder ?? []).slice(0, index + 1).every((one, at) => folder[at] === one) && folder[index] === segment,
    ),
  )
  const globs = parts.flatMap(({ folder, glob }) => {
    const path = [...folder.slice(shared.length), ...glob].join('/')
    return path === '' ? [] : [glob.length === 0 ? `${path}/**` : path]
  })
  return { folder: shared.join('/') === '' ? '.' : shared.join('/'), globs: globs.slice(0, 32) }
}
