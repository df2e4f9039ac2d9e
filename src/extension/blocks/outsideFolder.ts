// What only somebody who knows the folder of a job can say of the paths in its block.
import path from 'node:path'
import type { BlockPath } from '../../core/blocks/blockPaths'
import type { Diagnostic } from '../../core/blocks/diagnostic'

/** Paths that lead out of `folder`, a real path, although their letters alone do not say so. */
export function findOutside(paths: readonly BlockPath[], folder: string): readonly Diagnostic[] {
  return paths.flatMap(({ path: name, role, start, end }): Diagnostic[] => {
    if ((role !== 'required' && role !== 'checked') || !path.isAbsolute(name) || isInside(name, folder)) return []
    const code = 'path-outside-workspace'
    return role === 'required'
      ? [{ code, severity: 'error', message: `This file is not in ${folder}. Name a file inside it.`, start, end }]
      : [
          {
            code,
            severity: 'hint',
            message: `This check looks outside of ${folder}. Name a path inside it if you can.`,
            start,
            end,
          },
        ]
  })
}

/** Whether `name`, absolute or from `folder` on, is something in it. */
export function isInside(name: string, folder: string): boolean {
  const relative = path.relative(folder, path.resolve(folder, name))
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)
}
