// A repository of GitHub as gh is asked about it, by whom the submitter is logged in.
import { parseRuns, runListFields, type WorkflowRun } from '../../../core/backends/github/runs'
import { problemOfGh, runGh } from '../../../store/backends/gh'
import type { Ran } from '../../../store/backends/runProgram'

export class Repository {
  constructor(
    /** `owner/name`. */
    readonly name: string,
    /** Absent: github.com, or what gh takes for it. */
    readonly host: string | undefined,
    private readonly env: Readonly<Record<string, string>>,
    private readonly onHeard: (problem: string | null) => void,
  ) {}

  ask(words: readonly string[], stdin?: string): Promise<Ran> {
    return runGh(words, { env: this.env, host: this.host, ...(stdin === undefined ? {} : { stdin }) })
  }

  /** What it prints; null: it could not be had. */
  async read(words: readonly string[]): Promise<string | null> {
    const ran = await this.ask(words)
    return ran.kind === 'ended' && ran.code === 0 ? ran.stdout : null
  }

  /** Its newest runs, of those that the words `only` leave; null: it did not answer, which is told. */
  async runs(limit: number, only: readonly string[] = []): Promise<readonly WorkflowRun[] | null> {
    const which = [...only, '--limit', String(limit)]
    const ran = await this.ask(['run', 'list', '--repo', this.name, ...which, '--json', runListFields])
    const problem = problemOfGh(ran, this.host)
    this.onHeard(problem)
    return ran.kind === 'ended' && problem === null ? parseRuns(ran.stdout) : null
  }

  async run(id: string): Promise<WorkflowRun | null> {
    const text = await this.read(['run', 'view', id, '--repo', this.name, '--json', runListFields])
    return text === null ? null : (parseRuns(text)[0] ?? null)
  }

  /** Something was wrong on the way. */
  tell(problem: string): void {
    this.onHeard(problem)
  }
}
