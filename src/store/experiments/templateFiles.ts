// The templates of a workspace: templates/experiments/*.yaml.
import fs from 'node:fs'
import path from 'node:path'
import { maxYamlChars } from '../../core/experiments/boundYaml'
import { type ParsedTemplate, parseTemplate } from '../../core/experiments/template'
import { RelayError } from '../../core/relayError'
import { nearestName } from '../../core/blocks/nearestName'
import { asRelayError, errorCode } from '../durableFile'
import { realFileWithin } from '../realFile'

export const templatesFolder = 'templates/experiments'
const maxTemplates = 200

export interface TemplateFile extends ParsedTemplate {
  /** Its own, or the name of its file where it cannot be read. */
  readonly id: string
  /** Relative to the workspace. */
  readonly file: string
}

/** All templates of `folder`, by their files; none if it has no folder of them. One that is wrong says so among its findings. */
export function readTemplates(folder: string): readonly TemplateFile[] {
  const directory = path.join(folder, templatesFolder)
  let names: string[]
  try {
    names = fs.readdirSync(directory).filter((name) => /\.ya?ml$/i.test(name) && !name.startsWith('.'))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return []
    throw asRelayError(error, 'read', directory)
  }
  const files = names
    .sort()
    .slice(0, maxTemplates)
    .map((name) => readTemplate(folder, name))
  const seen = new Map<string, string>()
  return files.map((one) => {
    const other = seen.get(one.id)
    seen.set(one.id, other ?? one.file)
    if (other === undefined) return one
    const message = `The id ${one.id} is that of ${other}, too: give it another one.`
    return { ...one, template: null, findings: [...one.findings, { severity: 'error', message, line: 1, column: 1 }] }
  })
}

/** The template that is called `id`. Throws RelayError that says what there is, or what is wrong with it. */
export function findTemplate(
  folder: string,
  id: string,
): TemplateFile & { readonly template: NonNullable<ParsedTemplate['template']> } {
  const all = readTemplates(folder)
  const found = all.find((one) => one.id === id)
  if (found === undefined) {
    const ids = all.map((one) => one.id)
    const meant = nearestName(id, ids)
    throw new RelayError(
      'no_such_template',
      ids.length === 0
        ? `There is no ${templatesFolder} in ${folder}: relay exp scaffold writes two to begin with.`
        : `There is no template ${id.slice(0, 80)}. ${meant === undefined ? `Known: ${ids.join(', ')}.` : `Was ${meant} meant?`}`,
    )
  }
  const { template } = found
  if (template === null)
    throw new RelayError('bad_template', `The template cannot be run. ${renderFindings(found).join(' ')}`)
  return { ...found, template }
}

/** `templates/experiments/a.yaml:3:5 error: …` */
export function renderFindings({ file, findings }: TemplateFile): readonly string[] {
  return findings.map(({ severity, message, line, column }) => `${file}:${line}:${column} ${severity}: ${message}`)
}

function readTemplate(folder: string, name: string): TemplateFile {
  const stem = name.replace(/\.ya?ml$/i, '')
  const file = `${templatesFolder}/${name}`
  try {
    const real = realFileWithin(path.join(folder, file), folder)
    const stat = fs.statSync(real)
    if (!stat.isFile()) throw new RelayError('not_a_file', `${file} is no file.`)
    // Not read at all: the limit of the parser counts characters, of which each has four bytes at most.
    if (stat.size > maxYamlChars * 4)
      throw new RelayError('too_large', `${file} has ${stat.size} bytes: a template is short.`)
    const parsed = parseTemplate(fs.readFileSync(real, 'utf8'), stem)
    return { ...parsed, id: parsed.template?.id ?? stem, file }
  } catch (error) {
    const { message } = asRelayError(error, 'read', file)
    return { id: stem, file, template: null, findings: [{ severity: 'error', message, line: 1, column: 1 }] }
  }
}
