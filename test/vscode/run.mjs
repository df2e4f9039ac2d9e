// Runs a TypeScript program of the tests where there is only Node: bundles it and imports the bundle.
// usage: node test/vscode/run.mjs FILE.ts [ARGUMENT…]
import { build, stop } from 'esbuild'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , file] = process.argv
process.argv.splice(1, 2, path.resolve(file))
const outfile = path.resolve('.vscode-test/programs', `${path.basename(file, '.ts')}.mjs`)
await build({
  entryPoints: [file],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
})
await stop()
await import(pathToFileURL(outfile).href)
