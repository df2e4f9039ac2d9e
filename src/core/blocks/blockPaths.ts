// The files that a block speaks of, each at the exact characters that name it: for links, and for whoever knows the folder.
import type { Range } from './diagnostic'
import { Findings } from './findings'
import type { JsonNode } from './jsonTree'
import { withoutQuoteSigns } from './parseBlocks'
import { readJson } from './readJson'
import { sourceOffsets } from './sourceOffsets'

/** `required`: must be written by the job. `checked`: looked at before it. `mentioned`: a word of a command or task. */
export type PathRole = 'required' | 'checked' | 'other' | 'mentioned'

export interface BlockPath extends Range {
  readonly path: string
  readonly role: PathRole
}

/** More are of no use to anybody who looks at a block. */
const maxPaths = 200

const fields: Readonly<Record<string, PathRole | 'text'>> = {
  requireFiles: 'required',
  path: 'checked',
  smokeRequiredFiles: 'other',
  fullRequiredFiles: 'other',
  stateFile: 'other',
  gateOut: 'other',
  gateErr: 'other',
  command: 'text',
  cmd: 'text',
  smokeCmd: 'text',
  fullCmd: 'text',
  thenTask: 'text',
  text: 'text',
}

// A name with an extension, and the folders before it: no address, no variable, no pattern of names.
const fileName =
  /(?<![\w/:.$~@%{}*?<>+-])(?:\.{0,2}\/)?(?:[\w@%+.-]+\/)*[\w@%+-][\w@%+.-]*\.[A-Za-z]\w{0,9}(?![\w/{}*?<>$-])/g

/** The paths in a body, in its order; offsets are those of the body. None while its JSON has mistakes. */
export function pathsIn(body: string, inQuote: boolean): readonly BlockPath[] {
  const json = inQuote ? withoutQuoteSigns(body) : body
  const found: BlockPath[] = []
  const visit = (node: JsonNode, name: string): void => {
    if (node.kind === 'object') for (const property of node.properties) visit(property.value, property.name)
    if (node.kind === 'list') for (const item of node.items) visit(item, name)
    const role = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (node.kind !== 'string' || role === undefined || found.length >= maxPaths) return
    const offset = sourceOffsets(json, node)
    const add = (path: string, at: number, its: PathRole) =>
      found.push({ path, role: its, start: offset(at), end: offset(at + path.length) })
    if (role === 'text') for (const { 0: path, index } of node.value.matchAll(fileName)) add(path, index, 'mentioned')
    else if (node.value.trim() !== '') add(node.value, 0, role)
  }
  const root = readJson(json, new Findings())
  if (root) visit(root, '')
  return found.slice(0, maxPaths)
}
