// Runs the benchmarks, one after another and each in a process and a home of its own, and sums up which aims were reached.
// usage: node test/bench/main.mjs [--quick] [NAME…]      It measures dist/ as it is: build first.
import { build } from 'esbuild'
import { execFileSync, fork } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'

/** In the order in which they run: what may change the design comes first. */
const names = [
  'start',
  'exit',
  'load',
  'cli',
  'finished',
  'oldMachine',
  'tree',
  'editor',
  'oldWindow',
  'tail',
  'scan',
  'parse',
  'steps',
  'cluster',
]

const repository = path.resolve(import.meta.dirname, '../..')
const { values, positionals } = parseArgs({ options: { quick: { type: 'boolean' } }, allowPositionals: true })
const unknown = positionals.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${names.join(', ')}.`)
  process.exit(2)
}
const chosen = names.filter((name) => positionals.length === 0 || positionals.includes(name))

const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'relay-bench-')))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => void cleanUp().then(() => process.exit(1)))
const aims = []
const failed = []
try {
  // A copy, so that somebody who builds meanwhile changes nothing of what is measured.
  fs.cpSync(path.join(repository, 'dist'), path.join(root, 'dist'), { recursive: true, preserveTimestamps: true })
  const { version, bundles } = await bundle()
  printMachine(version)
  for (const name of chosen) {
    console.log(`\n── ${name} ${'─'.repeat(Math.max(3, 116 - name.length))}`)
    const begun = performance.now()
    if (!(await run(name, bundles))) failed.push(name)
    console.log(`   (${((performance.now() - begun) / 1000).toFixed(0)} s, load average ${os.loadavg()[0].toFixed(1)})`)
  }
  printSummary()
} finally {
  await cleanUp()
}
process.exitCode = failed.length > 0 ? 1 : 0

/** Bundles every chosen benchmark with the sources it calls, as the build that dist/ says it is. */
async function bundle() {
  const version = execFileSync(process.execPath, [path.join(root, 'dist/cli.js'), '--version'], {
    encoding: 'utf8',
  }).trim()
  const bundles = path.join(root, 'bundles')
  for (const name of ['node_modules', '.vscode-test'])
    fs.symlinkSync(path.join(repository, name), path.join(root, name))
  for (const name of chosen)
    await build({
      stdin: {
        contents: `import { run } from './${name}'\nimport { runBenchmark } from './support/benchmark'\nawait runBenchmark(run)\n`,
        resolveDir: import.meta.dirname,
      },
      outfile: path.join(bundles, `${name}.mjs`),
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      mainFields: ['module', 'main'],
      define: { __BUILD__: JSON.stringify(version) },
      loader: { '.sh': 'text' },
      external: ['esbuild', 'playwright-core'],
      banner: {
        js: `import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url)`,
      },
      logLevel: 'warning',
    })
  return { version, bundles }
}

/** Runs one benchmark; true if it came to its end. */
async function run(name, bundles) {
  const home = path.join(root, name)
  const temporary = path.join(home, 'tmp')
  fs.mkdirSync(temporary, { recursive: true })
  const child = fork(path.join(bundles, `${name}.mjs`), [], {
    cwd: root, // Where test/support finds dist/.
    execArgv: ['--expose-gc'],
    env: {
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      HOME: home,
      TMPDIR: temporary,
      XDG_STATE_HOME: path.join(home, 'state'),
      RELAY_BENCH_REPOSITORY: repository,
      ...(values.quick ? { RELAY_BENCH_QUICK: '1' } : {}),
    },
  })
  child.on('message', (aim) => aims.push({ benchmark: name, ...aim }))
  const [code, signal] = await once(child, 'exit')
  if (code !== 0)
    console.log(`   BROKEN: it ended with ${signal ?? `exit ${code}`}; what it had measured until then is above.`)
  await endOwnProcesses(home)
  fs.rmSync(home, { recursive: true, force: true })
  return code === 0
}

function printMachine(version) {
  const fsType = execFileSync('stat', ['-f', '-c', '%T', root], { encoding: 'utf8' }).trim()
  const cpu = os.cpus()
  console.log(
    `Relay Jobs ${version} · Node ${process.version} · ${os.type()} ${os.release()} · ${cpu.length} × ${cpu[0].model}`,
  )
  console.log(
    `${root} on ${fsType} · load average ${os.loadavg()[0].toFixed(1)}${values.quick ? ' · --quick: small counts' : ''}`,
  )
}

function printSummary() {
  const rows = aims.map(({ benchmark, aim, measured, ratio, reached }) => [
    benchmark,
    aim,
    measured,
    ratio,
    reached === null ? '—' : reached ? 'yes' : 'NO',
  ])
  const table = [['benchmark', 'aim', 'measured', 'ratio', 'reached'], ...rows]
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  console.log(`\n══ Summary ${'═'.repeat(108)}`)
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
  const missed = aims.filter(({ reached }) => reached === false).length
  console.log(`\n${missed === 0 ? 'Every aim was reached.' : `${missed} of the aims above were NOT reached.`}`)
  if (failed.length > 0) console.log(`Broken, and not in the table or only in part: ${failed.join(', ')}.`)
}

/** Ends what still runs from or for `folder`: command line or environment names it, as all that was started there does. */
async function endOwnProcesses(folder) {
  for (;;) {
    const ours = fs.readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid && names(pid))
    if (ours.length === 0) return
    for (const pid of ours)
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // It ended meanwhile.
      }
    await delay(50)
  }
  function names(pid) {
    try {
      return ['cmdline', 'environ'].some((file) =>
        fs.readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(`${folder}/`),
      )
    } catch {
      return false // It ended while we looked, or it is another user's.
    }
  }
}

async function cleanUp() {
  await endOwnProcesses(root)
  fs.rmSync(root, { recursive: true, force: true })
}
