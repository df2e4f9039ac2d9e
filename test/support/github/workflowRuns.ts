// Workflow runs of a GitHub of our own, as the real `gh` asks for them: listed, dispatched, cancelled, with their logs.
import type { GithubAnswer, GithubRequest } from './server'
import { zip } from './zip'

export interface ActionsRun {
  readonly id: number
  status: string
  conclusion: string | null
  title: string
  branch: string
  event: string
  createdMs: number
  log: string
  /** Its first job is over; others go on. */
  isHalfOver: boolean
  /** By their names, which begin with `expired` where it is: files by theirs. */
  artifacts: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const workflow = { id: 7, name: 'Train', path: '.github/workflows/train.yml', state: 'active' }

export class WorkflowRuns {
  readonly runs: ActionsRun[] = []
  /** Inputs that runs were dispatched with. */
  readonly dispatched: Readonly<Record<string, string>>[] = []
  /** What becomes of a dispatch; by default, a run whose title shows the input `relay_id`. */
  onDispatch: (inputs: Readonly<Record<string, string>>, ref: string) => void = (inputs, ref) => {
    this.add({ title: `Train ${inputs['relay_id'] ?? ''}`, branch: ref })
  }

  /** `api`: where gh finds it. */
  constructor(
    private readonly repo: string,
    private readonly api = 'https://api.github.com',
  ) {}

  add(run: Partial<ActionsRun> = {}): ActionsRun {
    const id = 1001 + this.runs.length
    const added = {
      id,
      status: 'queued',
      conclusion: null,
      title: 'Train',
      branch: 'main',
      event: 'workflow_dispatch',
      createdMs: Date.now(),
      log: '',
      isHalfOver: false,
      artifacts: {},
      ...run,
    }
    this.runs.push(added)
    return added
  }

  end(run: ActionsRun, conclusion: string, log: string): void {
    Object.assign(run, { status: 'completed', conclusion, log })
  }

  readonly route = ({ method, path, body }: GithubRequest): GithubAnswer | null => {
    const [at = '', query = ''] = path.replace('/api/v3', '').split('?')
    const base = `/repos/${this.repo}/actions`
    if (!at.startsWith(base)) return null
    const rest = at.slice(base.length)
    if (rest === '/workflows') return { body: { total_count: 1, workflows: [workflow] } }
    if (/^\/workflows\/(7|train\.yml)$/.test(rest)) return { body: workflow }
    if (/^\/workflows\/(7|train\.yml)\/dispatches$/.test(rest)) return this.dispatch(body)
    if (rest === '/runs' || /^\/workflows\/7\/runs$/.test(rest)) {
      const count = Number(/per_page=(\d+)/.exec(query)?.[1] ?? 30)
      const runs = [...this.runs].reverse().slice(0, count)
      return { body: { total_count: this.runs.length, workflow_runs: runs.map((run) => this.show(run)) } }
    }
    const ofJob = /^\/jobs\/(\d+)0\/logs$/.exec(rest)?.[1]
    const first = this.runs.find((one) => String(one.id) === ofJob)
    if (first !== undefined) return { raw: Buffer.from(first.log) }
    const [, ofRun, index] = /^\/artifacts\/(\d{4,})0(\d)\/zip$/.exec(rest) ?? []
    const packed = this.runs.find((one) => String(one.id) === ofRun)
    if (packed !== undefined) {
      const files = Object.values(packed.artifacts)[Number(index)] ?? {}
      return { raw: zip(Object.entries(files).map(([name, text]) => ({ name, text }))) }
    }
    const [, id, more] = /^\/runs\/(\d+)(?:\/(\w+))?$/.exec(rest) ?? []
    const run = this.runs.find((one) => String(one.id) === id)
    if (run === undefined) return null
    if (more === undefined) return { body: this.show(run) }
    if (more === 'jobs') return { body: { total_count: 1, jobs: [this.job(run)] } }
    if (more === 'logs') return { raw: zip([{ name: 'train/1_Run the script.txt', text: run.log }]) }
    if (more === 'artifacts') {
      const artifacts = Object.entries(run.artifacts).map(([name, files], at) => ({
        id: Number(`${run.id}0${at}`),
        name,
        size_in_bytes: Object.values(files).join('').length,
        expired: name.startsWith('expired'),
        archive_download_url: `${this.api}${base}/artifacts/${run.id}0${at}/zip`,
      }))
      return { body: { total_count: artifacts.length, artifacts } }
    }
    if (more === 'cancel' && method === 'POST') {
      this.end(run, 'cancelled', 'cancelled\n')
      return { status: 202, body: {} }
    }
    return null
  }

  private dispatch(body: unknown): GithubAnswer {
    const { ref, inputs = {} } = body as { ref: string; inputs?: Record<string, string> }
    this.dispatched.push(inputs)
    this.onDispatch(inputs, ref)
    return { status: 204 }
  }

  private show({ id, status, conclusion, title, branch, event, createdMs }: ActionsRun) {
    const api = `${this.api}/repos/${this.repo}/actions/runs/${id}`
    const at = new Date(createdMs).toISOString()
    return {
      id,
      name: workflow.name,
      display_title: title,
      status,
      conclusion,
      event,
      head_branch: branch,
      head_sha: '0123456789abcdef0123456789abcdef01234567',
      workflow_id: workflow.id,
      run_number: id,
      run_attempt: 1,
      created_at: at,
      updated_at: at,
      run_started_at: at,
      html_url: `https://github.com/${this.repo}/actions/runs/${id}`,
      url: api,
      jobs_url: `${api}/jobs`,
      logs_url: `${api}/logs`,
      head_repository: { full_name: this.repo, owner: { login: this.repo.split('/')[0] } },
      repository: { full_name: this.repo },
    }
  }

  private job({ id, createdMs, isHalfOver, ...run }: ActionsRun) {
    const { status, conclusion } = isHalfOver ? { status: 'completed', conclusion: 'success' } : run
    const at = new Date(createdMs).toISOString()
    const step = { name: 'Run the script', number: 1, status, conclusion, started_at: at, completed_at: at }
    return {
      id: id * 10,
      run_id: id,
      name: 'train',
      status,
      conclusion,
      started_at: at,
      completed_at: at,
      html_url: `https://github.com/${this.repo}/actions/runs/${id}/job/${id * 10}`,
      steps: [step],
    }
  }
}
