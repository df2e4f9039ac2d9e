// What is known of the outside, asked of the command in a process of its own.
import { execFile } from 'node:child_process'
import * as vscode from 'vscode'
import { RelayError } from '../../core/relayError'
import type { Answer } from '../../core/tracking/trackAnswers'
import { settingsHere } from '../followUps/agentChoice'
import type { TracksHost } from './tracksGate'

const askedWithinMs = 90_000

/** The answer of the `relay` command. Throws RelayError with its sentence. */
export function askRelay<Value>(
  { cli, state }: TracksHost,
  cwd: string,
  words: readonly string[],
  read: (stdout: string) => Answer<Value>,
): Promise<Value> {
  const env = {
    ...process.env,
    ELECTRON_RUN_AS_NODE: '1',
    RELAY_STATE_FOLDER: state.root,
    RELAY_SETTINGS: JSON.stringify(settingsHere(state)),
  }
  return new Promise((resolve, reject) => {
    const options = { cwd, env, timeout: askedWithinMs, maxBuffer: 16 * 1024 * 1024 }
    execFile(process.execPath, [cli, ...words], options, (_error, stdout, stderr) => {
      const answer = read(stdout)
      if (answer?.kind === 'answer') resolve(answer.value)
      else {
        const why = answer?.why ?? vscode.l10n.t('relay could not say what is there: {0}', stderr.trim().slice(-400))
        reject(new RelayError('refused', why))
      }
    })
  })
}
