// The `relay` command in VS Code's own terminals, run by whatever Node the editor itself is.
import fs from 'node:fs'
import path from 'node:path'
import type * as vscode from 'vscode'
import { shellQuote } from '../core/shellQuote'
import { readIfExists, writeDurably } from '../store/durableFile'

export interface RelayOnPath {
  readonly environment: vscode.EnvironmentVariableCollection
  /** Where the command may be written: a folder of this extension's own. */
  readonly storage: string
  /** dist/cli.js. */
  readonly cli: string
  readonly stateRoot: string
}

/** Puts a `relay` into a folder of its own and that folder on the PATH of new terminals. */
export function putRelayOnPath({ environment, storage, cli, stateRoot }: RelayOnPath): void {
  const folder = path.join(storage, 'bin')
  const file = path.join(folder, 'relay')
  const script = [
    '#!/bin/sh',
    `export RELAY_STATE_FOLDER=${shellQuote(stateRoot)}`,
    `ELECTRON_RUN_AS_NODE=1 exec ${shellQuote(process.execPath)} ${shellQuote(cli)} "$@"`,
    '',
  ].join('\n')
  fs.mkdirSync(folder, { recursive: true })
  // A terminal may be running it just now.
  if (readIfExists(file) !== script) {
    writeDurably(`${file}.new`, script)
    fs.chmodSync(`${file}.new`, 0o755)
    fs.renameSync(`${file}.new`, file)
  }
  environment.description = 'relay'
  environment.prepend('PATH', `${folder}${path.delimiter}`)
}
