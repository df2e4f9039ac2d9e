// Workflows and their runs of the GitHub of our own, as `gh workflow` and `gh run` ask for them. Runs go on when a test says so.
import { type GithubAnswer, type GithubRequest, type GithubRoute, notFound } from './server'
import { zip } from './zip'

export interface FakeWorkflow {
  readonly id: number
  /** `train-dispatch.yml`. */
  readonly file: string
  readonly name: string
  readonly text: string
  state: 'active' | 'disabled_manually'
}

export interface FakeStep {
  readonly name: string
  conclusion: 'success' | 'failure' | 'skipped' | null
  log: string
}

export interface FakeRun {
  readonly id: number
  readonly workflow: FakeWorkflow
  readonly ref: string
  readonly title: string
  readonly inputs: Readonly<Record<string, unknown>>
  status: 'queued' | 'in_progress' | 'completed' | 'waiting'
  conclusion: 'success' | 'failure' | 'cancelled' | 'timed_out' | 'startup_failure' | null
  readonly createdMs: number
  updatedMs: number
  /** Of its one job. */
  readonly steps: FakeStep[]
}

export interface FakeActionsOptions {
  /** Title of a run that was dispatched: what `run-name` makes of its inputs. */
  readonly titleOf?: (workflow: FakeWorkflow, inputs: Readonly<Record<string, unknown>>) => string
  /** How many lists of runs are answered without a run that was just dispatched. */
  readonly hiddenLists?: number
}

export class FakeActions {
  readonly workflows: FakeWorkflow[] = []
  readonly runs: FakeRun[] = []
  private readonly hidden = new Map<number, number>()

  constructor(
    /** `owner/name`. */
    readonly repository: string,
    private readonly options: FakeActionsOptions = {},
  ) {}

  get routes(): readonly GithubRoute[] {
    return [(request) => this.answer(request)]
  }

  addWorkflow(file: string, text: string, name = file): FakeWorkflow {
    const workflow: FakeWorkflow = { id: 100 + this.workflows.length, file, name, text, state: 'active' }
    this.workflows.push(workflow)
    return workflow
  }

  /** As a push or a dispatch would. */
  addRun(workflow: FakeWorkflow, change: Partial<Pick<FakeRun, 'ref' | 'title' | 'inputs'>> = {}): FakeRun {
    const nowMs = Date.now()
    const run: FakeRun = {
      id: 9_000_000_000 + this.runs.length,
      workflow,
      ref: 'main',
      title: workflow.name,
      inputs: {},
      status: 'queued',
      conclusion: null,
      createdMs: nowMs,
      updatedMs: nowMs,
      steps: [],
      ...change,
    }
    this.runs.push(run)
    return run
  }

  /** Its one step is over, and so is it. */
  end(run: FakeRun, conclusion: NonNullable<FakeRun['conclusion']>, log: string): void {
    run.status = 'completed'
    run.conclusion = conclusion
    run.updatedMs = Date.now()
    run.steps.push({ name: 'Run', conclusion: conclusion === 'success' ? 'success' : 'failure', log })
  }

  private answer({ method, path, body }: GithubRequest): GithubAnswer | null {
    const prefix = `/repos/${this.repository}/`
    if (!path.toLowerCase().startsWith(prefix.toLowerCase())) return null
    const [at = '', query = ''] = path.slice(prefix.length).split('?')
    const parameters = new URLSearchParams(query)
    const contents = /^contents\/\.github\/workflows\/(.+)$/.exec(decodeURIComponent(at))?.[1]
    if (contents !== undefined) {
      const workflow = this.workflows.find(({ file }) => file === contents)
      return workflow === undefined
        ? notFound
        : { body: { content: Buffer.from(workflow.text).toString('base64'), encoding: 'base64' } }
    }
    if (!at.startsWith('actions/') && !at.startsWith('check-runs/')) return null
    if (at.startsWith('check-runs/')) return { body: [] }
    const parts = at.split('/').slice(1)
    return parts[0] === 'workflows'
      ? this.workflowAnswer(method, parts.slice(1), parameters, body)
      : this.runAnswer(method, parts.slice(1), parameters)
  }

  private workflowAnswer(
    method: string,
    [key, part]: readonly string[],
    parameters: URLSearchParams,
    body: unknown,
  ): GithubAnswer {
    if (key === undefined)
      return {
        body: { total_count: this.workflows.length, workflows: this.workflows.map((one) => this.showWorkflow(one)) },
      }
    const workflow = this.workflows.find(({ id, file }) => String(id) === key || file === decodeURIComponent(key))
    if (workflow === undefined) return notFound
    if (part === undefined) return { body: this.showWorkflow(workflow) }
    if (part === 'runs')
      return this.list(
        this.runs.filter((run) => run.workflow === workflow),
        parameters,
      )
    if (part !== 'dispatches' || method !== 'POST') return notFound
    const { ref, inputs } = body as { readonly ref: string; readonly inputs?: Readonly<Record<string, unknown>> }
    if (!/^on:[^]*workflow_dispatch/m.test(workflow.text))
      return { status: 422, body: { message: "Workflow does not have 'workflow_dispatch' trigger" } }
    const unknown = Object.keys(inputs ?? {}).find((name) => !workflow.text.includes(`${name}:`))
    if (unknown !== undefined) return { status: 422, body: { message: `Unexpected inputs provided: ["${unknown}"]` } }
    const run = this.addRun(workflow, {
      ref: ref.replace(/^refs\/heads\//, ''),
      inputs: inputs ?? {},
      title: this.options.titleOf?.(workflow, inputs ?? {}) ?? workflow.name,
    })
    this.hidden.set(run.id, this.options.hiddenLists ?? 0)
    return { status: 204 }
  }

  private runAnswer(method: string, [key, part]: readonly string[], parameters: URLSearchParams): GithubAnswer {
    if (key === undefined) return this.list(this.runs, parameters)
    const run = this.runs.find(({ id }) => String(id) === key)
    if (run === undefined) return notFound
    switch (part) {
      case undefined:
        return { body: this.showRun(run) }
      case 'jobs':
        return { body: { total_count: 1, jobs: [this.showJob(run)] } }
      case 'logs':
        return run.status === 'completed' ? { raw: zip(logFiles(run)) } : notFound
      case 'artifacts':
        return { body: { total_count: 0, artifacts: [] } }
      case 'cancel':
        if (method !== 'POST') return notFound
        if (run.status === 'completed')
          return { status: 409, body: { message: 'Cannot cancel a workflow run that is completed.' } }
        this.end(run, 'cancelled', '')
        return { status: 202, body: {} }
      default:
        return notFound
    }
  }

  private list(runs: readonly FakeRun[], parameters: URLSearchParams): GithubAnswer {
    const shown = runs.filter(({ id }) => {
      const times = this.hidden.get(id) ?? 0
      if (times > 0) this.hidden.set(id, times - 1)
      return times === 0
    })
    const status = parameters.get('status')
    const branch = parameters.get('branch')
    const fitting = shown
      .filter(
        (run) =>
          (status === null || run.status === status || run.conclusion === status) &&
          (branch === null || run.ref === branch),
      )
      .reverse()
    const size = Number(parameters.get('per_page') ?? 30)
    const page = Number(parameters.get('page') ?? 1)
    return {
      body: {
        total_count: fitting.length,
        workflow_runs: fitting.slice((page - 1) * size, page * size).map((run) => this.showRun(run)),
      },
    }
  }

  private showWorkflow({ id, file, name, state }: FakeWorkflow): unknown {
    return { id, node_id: `W_${id}`, name, path: `.github/workflows/${file}`, state }
  }

  private showRun(run: FakeRun): unknown {
    const api = `https://api.github.com/repos/${this.repository}/actions/runs/${run.id}`
    return {
      id: run.id,
      name: run.workflow.name,
      display_title: run.title,
      event: 'workflow_dispatch',
      head_branch: run.ref,
      head_sha: '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567',
      head_commit: { id: '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567', message: 'begin' },
      head_repository: { name: this.repository.split('/')[1], owner: { login: this.repository.split('/')[0] } },
      path: `.github/workflows/${run.workflow.file}`,
      workflow_id: run.workflow.id,
      run_number: 1,
      run_attempt: 1,
      status: run.status,
      conclusion: run.conclusion,
      created_at: new Date(run.createdMs).toISOString(),
      run_started_at: new Date(run.createdMs).toISOString(),
      updated_at: new Date(run.updatedMs).toISOString(),
      html_url: `https://github.com/${this.repository}/actions/runs/${run.id}`,
      url: api,
      jobs_url: `${api}/jobs`,
      logs_url: `${api}/logs`,
      cancel_url: `${api}/cancel`,
      workflow_url: `https://api.github.com/repos/${this.repository}/actions/workflows/${run.workflow.id}`,
    }
  }

  private showJob(run: FakeRun): unknown {
    return {
      id: run.id + 1,
      run_id: run.id,
      name: 'job',
      status: run.status,
      conclusion: run.conclusion,
      started_at: new Date(run.createdMs).toISOString(),
      completed_at: new Date(run.updatedMs).toISOString(),
      html_url: `https://github.com/${this.repository}/actions/runs/${run.id}/jobs/1`,
      steps: run.steps.map(({ name, conclusion }, index) => ({
        name,
        status: 'completed',
        conclusion,
        number: index + 1,
      })),
    }
  }
}

/** As the archive of a run has them: one file a step, each line with its time. */
function logFiles(run: FakeRun): readonly { readonly name: string; readonly text: string }[] {
  const time = new Date(run.createdMs).toISOString()
  return run.steps.map(({ name, log }, index) => ({
    name: `job/${index + 1}_${name}.txt`,
    text: log
      .split('\n')
      .map((line) => `${time} ${line}\n`)
      .join(''),
  }))
}
