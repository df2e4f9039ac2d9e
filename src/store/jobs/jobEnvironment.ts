// The environment that a job gets from whoever submits it.

/**
 * Variables that an editor sets for its own processes: sockets, tokens and switches that are wrong or dangerous in a job
 * that outlives the window. VS Code documents none of them; these are what 1.101 to 1.139 set in terminals and in the
 * extension host.
 */
const editorNames = new Set([
  'APPLICATION_INSIGHTS_NO_DIAGNOSTIC_CHANNEL',
  'BROWSER',
  'CHROME_DESKTOP',
  'GIT_ASKPASS',
  'SSH_ASKPASS',
  'GIT_EDITOR',
  'TERM_PROGRAM',
  'TERM_PROGRAM_VERSION',
  'ZDOTDIR',
])
const editorPrefixes = ['VSCODE_', 'ELECTRON_', 'CODE_SERVER_', 'CURSOR_']
/** Ours, and only for the job that they were given to: a job started from within a job is another job. */
const ownPrefixes = ['RELAY_', 'VR_JOB_ID']

/** `env` without what belongs to the editor or to another job. */
export function jobEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue
    if ([...editorPrefixes, ...ownPrefixes].some((prefix) => name.startsWith(prefix))) continue
    if (editorNames.has(name) && isOfEditor(name, env)) continue
    if (name === 'NODE_OPTIONS' && value.includes('js-debug')) continue
    kept[name] = value
  }
  return kept
}

/** A person may have set some of these names too; they are the editor's only inside of the editor. */
function isOfEditor(name: string, env: NodeJS.ProcessEnv): boolean {
  const inEditor = env['TERM_PROGRAM'] === 'vscode' || Object.keys(env).some((one) => one.startsWith('VSCODE_'))
  return inEditor && (name !== 'SSH_ASKPASS' || /vscode|code-server/.test(env[name] ?? ''))
}
