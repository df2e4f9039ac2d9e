// The tasks of an array as sbatch and squeue write them: `4-9%2`, `1,3,5-7:2`.

/** Whether `task` is one of `4-9%2` or `1,3,5-7:2`. */
export function hasTask(tasks: string, task: string): boolean {
  const number = Number(task)
  return tasks
    .replace(/%\d+$/, '')
    .split(',')
    .some((part) => {
      const [, from, to, step] = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part) ?? []
      if (from === undefined) return false
      if (to === undefined) return number === Number(from)
      return (
        number >= Number(from) && number <= Number(to) && (number - Number(from)) % Math.max(1, Number(step ?? 1)) === 0
      )
    })
}

/** How many tasks `4-9%2` or `1,3,5-7:2` are. */
export function sizeOf(tasks: string): number {
  let count = 0
  for (const part of tasks.replace(/%\d+$/, '').split(',')) {
    const [, from, to, step] = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part) ?? []
    if (from === undefined) count += 1
    else
      count +=
        to === undefined ? 1 : Math.max(1, Math.floor((Number(to) - Number(from)) / Math.max(1, Number(step ?? 1))) + 1)
  }
  return Math.max(1, count)
}
