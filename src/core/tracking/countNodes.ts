// How many nodes a scheduler's list of them names: memory is asked for by the node, and told of as a whole.

/** `c1` is 1, `c[1-4,7],d[01-02]` is 7; 1 for what is no such list. */
export function countNodes(list: string): number {
  let count = 0
  for (const match of list.matchAll(/[^,[\]]+((?:\[[\d,-]{1,400}\][^,[\]]*){0,4})/g)) {
    const groups = [...(match[1] ?? '').matchAll(/\[([\d,-]+)\]/g)]
    count += groups.reduce((all, [, group = '']) => all * countNumbers(group), 1)
  }
  return Math.max(1, Math.min(count, 100_000))
}

function countNumbers(group: string): number {
  return group.split(',').reduce((all, part) => {
    const [, from, to] = /^(\d{1,6})-(\d{1,6})$/.exec(part) ?? []
    return all + (from === undefined ? 1 : Math.max(1, Number(to) - Number(from) + 1))
  }, 0)
}
