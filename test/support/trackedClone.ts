// A clone of a bare repository, a GitHub of our own for the real gh, and a Relay Jobs of their own, for tests of tracked jobs.
import fs from 'node:fs'
import path from 'node:path'
import { trackKind } from '../../src/core/tracking/track'
import type { Track } from '../../src/core/tracking/trackState'
import { UndertakingStore } from '../../src/store/undertakings/undertakingStore'
import { jobIdSchema } from '../../src/core/jobs/jobId'
import { Clone } from './clone'
import { eventually } from './eventually'
import { FakeHub, fakeRepository } from './github/pulls'
import { type GithubRoute, GithubServer } from './github/server'
import { Relay, type Result } from './relay'

export class TrackedClone {
  private constructor(
    readonly relay: Relay,
    readonly clone: Clone,
    readonly hub: FakeHub,
    readonly github: GithubServer,
  ) {}

  /** `routes`: what its GitHub has besides pull requests. `address`: of its remote. */
  static async make(
    files: Readonly<Record<string, string>>,
    routes: readonly GithubRoute[] = [],
    address?: string,
  ): Promise<TrackedClone> {
    const relay = new Relay()
    const clone = new Clone(relay.root, address)
    const hub = new FakeHub([fakeRepository('ada', 'space')])
    const github = await GithubServer.start(clone.root, [...routes, ...hub.routes])
    Object.assign(relay.env, clone.env, github.environment(clone.home), {
      XDG_STATE_HOME: path.join(relay.root, 'state'),
    })
    clone.begin({ '.gitignore': 'results/\ndata/\n', ...files })
    return new TrackedClone(relay, clone, hub, github)
  }

  async dispose(): Promise<void> {
    await this.relay.dispose()
    await this.github.stop()
  }

  run(words: readonly string[]): Promise<Result> {
    return this.relay.run(words, { cwd: this.clone.folder })
  }

  /** Begins a track on this machine, whatever scheduler there is; its id. */
  async track(words: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(['track', '--yes', '--launch', 'local', ...words])
    if (exitCode !== 0) throw new Error(`relay track ended with ${exitCode}: ${stderr}`)
    return stdout.trim()
  }

  read(id: string): Track {
    const stored = new UndertakingStore(this.relay.state).read(jobIdSchema.parse(id), trackKind)
    if (stored === null) throw new Error(`there is no track ${id}`)
    return stored.undertaking
  }

  /** The track as soon as it is over. */
  async untilEnded(id: string, withinMs = 60_000): Promise<Track> {
    return eventually(() => {
      const track = this.read(id)
      if (track.state.ended === null) throw new Error(`${id} goes on: ${JSON.stringify(track.state.publications)}`)
      return track
    }, withinMs)
  }

  get handoffLog(): string {
    const file = path.join(this.clone.folder, 'HANDOFF_LOG.md')
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
  }

  /** What is the person's, byte for byte, without what the job and the handoff log wrote. */
  print(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Object.entries(this.clone.print()).filter(([name]) => !/^(?:results\/|HANDOFF_LOG\.md$)/.test(name)),
    )
  }
}
