// The tasks of an array as one row of a list: whoever looks for a job of theirs looks for all of it.
import { sizeOf } from './arrayTasks'
import { meaningOf } from './states'

export interface ListedTask {
  /** `17`, `17_3`, or for tasks that wait together `17_[4-9%2]`. */
  readonly id: string
  readonly state: string
  /** What the state means, and why it waits. */
  readonly words: string
  readonly nodes: string | null
  readonly elapsedSec: number | null
}

/** An array has the number that its tasks share, and stands where the first of them stood. What of it has ended is not counted. */
export function foldArrays<Row extends ListedTask>(rows: readonly Row[]): readonly Row[] {
  const arrays = new Map<string, Row[]>()
  for (const row of rows) {
    const base = baseOf(row)
    if (base !== null) arrays.set(base, [...(arrays.get(base) ?? []), row])
  }
  return rows.flatMap((row) => {
    const base = baseOf(row)
    const tasks = base === null ? [] : (arrays.get(base) ?? [])
    if (base === null) return [row]
    return tasks[0] === row ? [foldTasks(base, row, tasks)] : []
  })
}

function baseOf({ id }: ListedTask): string | null {
  return /^(\d+)_/.exec(id)?.[1] ?? null
}

function foldTasks<Row extends ListedTask>(base: string, first: Row, tasks: readonly Row[]): Row {
  const isKind = (...kinds: readonly string[]) => tasks.filter(({ state }) => kinds.includes(meaningOf(state).kind))
  const [going, waiting] = [isKind('going', 'unknown'), isKind('waiting')]
  const lead = going[0] ?? waiting[0] ?? first
  const count = (some: readonly Row[]) =>
    some.reduce((sum, { id }) => sum + sizeOf(id.slice(base.length + 1).replace(/[[\]]/g, '')), 0)
  const counted = [
    ...(going.length === 0 ? [] : [`${count(going)} running`]),
    ...(waiting.length === 0 ? [] : [`${count(waiting)} waiting`]),
  ].join(', ')
  return {
    ...lead,
    id: base,
    words: counted === '' ? lead.words : `tasks: ${counted}${going.length === 0 ? `; ${lead.words}` : ''}`,
    nodes: going.length === 1 ? lead.nodes : null,
    elapsedSec: going.length === 0 ? null : Math.max(...going.map(({ elapsedSec }) => elapsedSec ?? 0)),
  }
}
