// How long the `relay` command takes until it does something, and what is in it.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type * as esbuild from 'esbuild'
import { cliFile, Relay, supervisorFile } from '../support/relay'
import type { Bench } from './support/benchmark'
import { writeFinishedJobs } from './support/finishedJobs'
import { median, ms, percentile, times } from './support/samples'

export async function run(bench: Bench): Promise<void> {
  const count = bench.count(10_000, 1_000)
  const empty = new Relay()
  const full = new Relay()
  try {
    writeFinishedJobs(full, count)
    const commands: [string, Relay, string[]][] = [
      ['node -e 0', empty, ['-e', '0']],
      ['relay --version', empty, [cliFile, '--version']],
      ['relay list, no jobs', empty, [cliFile, 'list']],
      [`relay list, ${count} finished jobs`, full, [cliFile, 'list']],
      [`relay list --json, ${count} finished jobs`, full, [cliFile, 'list', '--json']],
      ['supervisor.js that finds no verb', empty, [supervisorFile]],
    ]
    const samples = new Map(commands.map(([name]) => [name, [] as number[]]))
    for (let round = -1; round < bench.count(15, 4); round++)
      for (const [name, relay, words] of commands) {
        const begun = performance.now()
        const { error } = spawnSync(process.execPath, words, {
          env: relay.env,
          cwd: relay.workspace,
          maxBuffer: Infinity,
        })
        if (error !== undefined) throw error
        if (round >= 0) samples.get(name)?.push(performance.now() - begun)
      }
    report(bench, samples, count)
  } finally {
    await empty.dispose()
    await full.dispose()
  }
  await explainSize(bench, 'cli', cliFile)
  await explainSize(bench, 'supervisor', supervisorFile)
}

function report(bench: Bench, samples: ReadonlyMap<string, readonly number[]>, count: number): void {
  const of = (name: string) => median(samples.get(name) ?? [])
  const base = of('node -e 0')
  bench.table([
    ['start to end of the process', 'median', 'p95', '− node', '÷ node'],
    ...[...samples].map(([name, values]) => {
      const middle = median(values)
      return [name, ms(middle), ms(percentile(values, 0.95)), ms(middle - base), times(middle / base)]
    }),
  ])
  const aim = (name: string) =>
    bench.aim({
      aim: `${name} against node -e 0`,
      measured: `${ms(of(name))} against ${ms(base)}`,
      ratio: `${times(of(name) / base)} node`,
      reached: null,
    })
  aim('relay --version')
  aim(`relay list, ${count} finished jobs`)
}

/** What the bytes of a bundle come from: the same build once more, for its list of inputs. */
async function explainSize(bench: Bench, name: string, file: string): Promise<void> {
  const repository = process.env['RELAY_BENCH_REPOSITORY'] ?? ''
  const { build } = createRequire(path.join(repository, 'package.json'))('esbuild') as typeof esbuild
  const { metafile } = await build({
    absWorkingDir: repository,
    entryPoints: [`src/${name}/main.ts`],
    outdir: 'dist',
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    mainFields: ['module', 'main'],
    define: { __BUILD__: '""' },
    loader: { '.sh': 'text' },
    logLevel: 'error',
  })
  const bytesBySource = new Map<string, number>()
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const source = sourceOf(input)
      bytesBySource.set(source, (bytesBySource.get(source) ?? 0) + bytesInOutput)
    }
  const { size } = fs.statSync(file)
  bench.print('')
  bench.table([
    [`dist/${name}.js: ${(size / 1e3).toFixed(0)} kB, of which`, 'kB', 'share'],
    ...[...bytesBySource]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 9)
      .map(([source, bytes]) => [source, (bytes / 1e3).toFixed(0), `${((bytes / size) * 100).toFixed(0)} %`]),
  ])
}

/** The package of an input (zod's table of languages by itself), or the layer of ours. */
function sourceOf(input: string): string {
  if (/node_modules\/zod\/.*\/locales\//.test(input)) return 'zod: locales'
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]
  return inPackage ?? input.split('/').slice(0, 2).join('/')
}
