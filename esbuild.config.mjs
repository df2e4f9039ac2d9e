// Builds dist/: one file per process that we start. None of them needs node_modules at run time.
import { context, build } from 'esbuild'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { createHash } from 'node:crypto'
import path from 'node:path'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

/** A digest of all sources: two builds of one version that differ are told apart, the same sources build the same bytes. */
function sourceDigest() {
  const hash = createHash('sha256')
  for (const file of readdirSync('src', { recursive: true }).sort()) {
    const full = path.join('src', file)
    if (statSync(full).isFile()) hash.update(file).update(readFileSync(full))
  }
  return hash.digest('hex').slice(0, 12)
}

/** @type {import('esbuild').BuildOptions} */
const common = {
  outdir: 'dist',
  bundle: true,
  minify: true,
  // jsonc-parser's "main" is a UMD file that a bundler cannot see through.
  mainFields: ['module', 'main'],
  define: { __BUILD__: JSON.stringify(`${version}+${sourceDigest()}`) },
  loader: { '.sh': 'text' },
  legalComments: 'none',
  logLevel: 'warning',
}

/** @type {import('esbuild').BuildOptions} */
const node = { ...common, platform: 'node', target: 'node20', format: 'cjs' }

/** @type {readonly import('esbuild').BuildOptions[]} */
const builds = [
  {
    ...node,
    entryPoints: { cli: 'src/cli/main.ts', supervisor: 'src/supervisor/main.ts' },
    banner: { js: '#!/usr/bin/env node' },
  },
  // What an editor loads to start, what it loads right after that, and what when it is asked for.
  {
    ...node,
    entryPoints: {
      extension: 'src/extension/extension.ts',
      showJobs: 'src/extension/showJobs.ts',
      relayChat: 'src/extension/chat/relayChat.ts',
      'blocks/blockLanguage': 'src/extension/blocks/blockLanguage.ts',
      jobDetails: 'src/extension/jobs/jobDetails.ts',
      jobTerminal: 'src/extension/jobs/jobTerminal.ts',
      approvalPage: 'src/extension/jobs/approvalPage.ts',
      applyEdit: 'src/extension/documents/applyEdit.ts',
      'skills/skillCommands': 'src/extension/skills/skillCommands.ts',
      experiments: 'src/extension/experiments/experiments.ts',
      'steps/stepLanguage': 'src/extension/steps/stepLanguage.ts',
      requestInbox: 'src/extension/agentRequests/requestInbox.ts',
      'followUps/pickAgent': 'src/extension/followUps/pickAgent.ts',
      taskActs: 'src/extension/followUps/taskActs.ts',
      windowModel: 'src/extension/followUps/windowModel.ts',
      tracks: 'src/extension/tracking/tracks.ts',
    },
    external: [
      'vscode',
      './showJobs',
      './relayChat',
      './requestInbox',
      './windowModel',
      './tracks',
      './followUps/pickAgent',
      './taskActs',
      './experiments',
      './blocks/blockLanguage',
      './jobDetails',
      './jobTerminal',
      './approvalPage',
      './applyEdit',
      './skills/skillCommands',
      './steps/stepLanguage',
    ],
    // By require(), as everything in an extension host.
    supported: { 'dynamic-import': false },
  },
  {
    ...common,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    entryPoints: {
      'webview/approval': 'src/webview/approval.ts',
      'webview/jobDetails': 'src/webview/jobDetails.ts',
      'webview/experiments': 'src/webview/experiments/experiments.ts',
    },
  },
]

for (const options of builds)
  if (process.argv.includes('--watch')) await (await context(options)).watch()
  else await build(options)
