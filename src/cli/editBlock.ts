// Lets a person change the block of a job in their editor.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { renderJobStart } from '../core/blocks/renderJobStart'
import type { Job } from '../core/jobs/job'
import { RelayError } from '../core/relayError'

/** The block that asks for what `job` does, as the person left it in `$VISUAL` or `$EDITOR` (vi). Throws RelayError. */
export function editBlock({ spec }: Job, env: NodeJS.ProcessEnv): string {
  const block = renderJobStart(spec.plan, spec.description, spec.folder)
  if (block === null)
    throw new RelayError('not_a_command', `Job ${spec.id} is the work of an agent: no block can ask for it.`)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-edit-'))
  try {
    const file = path.join(folder, 'block.md')
    fs.writeFileSync(file, block)
    const editor = env['VISUAL'] || env['EDITOR'] || 'vi'
    // An editor may come with arguments (`code --wait`), so a shell reads it; the file is no part of the line.
    const { status, error } = spawnSync('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' })
    if (error !== undefined || status !== 0)
      throw new RelayError('editor_failed', `Not started: the editor ${editor} ended with ${status ?? String(error)}.`)
    const edited = fs.readFileSync(file, 'utf8')
    // Also what an editor leaves that does not wait for its window.
    if (edited === block)
      throw new RelayError('unchanged', 'Not started: nothing was changed. To run the same again, leave out --edit.')
    return edited
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}
