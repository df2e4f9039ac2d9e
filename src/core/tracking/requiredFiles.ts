// The files without which a tracked job is not done. They are those that any job must write (`watch.requireFiles`): so they are approved, told and
// judged as everywhere, and of a process whose exit status nobody knows they are what it is judged by.
import type { Plan } from '../jobs/plan'
import { shellQuote } from '../shellQuote'
import { filesElsewhere } from './elsewhere'

const maxFiles = 32
const maxChars = 600

/** From the workspace folder on, each once; or in a sentence why one cannot be required. */
export function readRequired(
  asked: readonly string[],
  folder: string,
): { readonly files: readonly string[] } | { readonly refusal: string } {
  const files: string[] = []
  for (const one of asked) {
    const problem = problemOf(one)
    if (problem !== null)
      return { refusal: `--require ${shellQuote(one.slice(0, 100))} cannot be required: ${problem}.` }
    const file = fromFolder(one, folder)
    if (file === null)
      return {
        refusal: `--require ${one} cannot be required: it must lie in ${folder}, as any file that a job must write.`,
      }
    if (!files.includes(file)) files.push(file)
  }
  return files.length > maxFiles
    ? { refusal: `--require names ${files.length} files, more than ${maxFiles}.` }
    : { files }
}

/** The same plan, which is done when these are there. Where it begins elsewhere than in the workspace folder they are named whole. */
export function requiring<P extends Plan | null>(plan: P, files: readonly string[], folder: string): P {
  if (plan === null || files.length === 0) return plan
  const requireFiles = plan.cwd === folder ? [...files] : files.map((file) => `${folder}/${file}`)
  return { ...plan, watch: { ...plan.watch, requireFiles } }
}

/** What a person may not expect of them; null: nothing. */
export function tellRequired(job: Plan, folder: string): string | null {
  const elsewhere = job.watch.requireFiles.length === 0 ? null : filesElsewhere(job)
  return elsewhere === null
    ? null
    : `Required files are looked for here, in ${folder}: ${elsewhere} are fetched only when it has ended, and do not count. If nothing else brings them here, it is blocked at its end.`
}

function problemOf(file: string): string | null {
  if (file.trim() === '') return 'it has no name'
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(file)) return 'its name has characters that cannot be seen'
  if (file.length > maxChars) return `its name has more than ${maxChars} characters`
  if (/[*?]/.test(file)) return 'a file is named whole, patterns stand in --results'
  return file.endsWith('/') ? 'it is a folder' : null
}

/** Null: it leads out of the folder, or is the folder itself. */
function fromFolder(file: string, folder: string): string | null {
  const isAbsolute = file.startsWith('/')
  if (isAbsolute && !file.startsWith(`${folder}/`)) return null
  const segments = (isAbsolute ? file.slice(folder.length + 1) : file)
    .split('/')
    .filter((one) => one !== '' && one !== '.')
  return segments.length === 0 || segments.includes('..') ? null : segments.join('/')
}
