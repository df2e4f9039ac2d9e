// What a benchmark is given: how much to do, and where to print.

/** One line of the summary. `reached` is null where there is something to compare with, but no aim. */
export interface Aim {
  readonly aim: string
  readonly measured: string
  readonly ratio: string
  readonly reached: boolean | null
}

export interface Bench {
  /** Smaller counts: for a first look, not for figures. */
  readonly quick: boolean
  /** `full`, or `quick` with --quick. */
  count(full: number, quick: number): number
  print(line: string): void
  /** Rows in columns; the first row is the heading, the first column is to the left, the others to the right. */
  table(rows: readonly (readonly string[])[]): void
  aim(aim: Aim): void
}

/** Runs one benchmark in this process, for main.mjs. */
export async function runBenchmark(run: (bench: Bench) => Promise<void>): Promise<void> {
  const quick = process.env['RELAY_BENCH_QUICK'] === '1'
  const print = (line: string) => console.log(`   ${line}`)
  await run({
    quick,
    count: (full, small) => (quick ? small : full),
    print,
    table: (rows) => renderTable(rows).forEach(print),
    aim: (aim) => process.send?.(aim),
  })
  // The channel to main.mjs would keep this process alive; exit would cut what is still in it.
  if (process.connected) process.disconnect()
}

function renderTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('   ')
      .trimEnd(),
  )
}
