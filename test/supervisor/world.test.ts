// Machines as they are: without bash, without inotify, with read-only disks, other people's folders and odd names.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { describe } from 'vitest'
import {
  attemptOf,
  inWorkspace,
  killSupervision,
  processesOfJob,
  supervisorLog,
  test,
  untilLogged,
  waitFor,
} from '../fixtures/relayTest'
import { folderKey } from '../../src/store/stateFolder'
import { eventually } from '../support/eventually'
import { cliFile, Relay, renderBlock, type Result } from '../support/relay'

const calledBack = { thenTask: 'Analyze.', runTasks: true }

/** A folder with links to these programs and no other, for a PATH. */
function toolsOnly(relay: Relay, names: readonly string[]): string {
  const folder = path.join(relay.root, `tools-${names.length}`)
  fs.mkdirSync(folder)
  for (const name of names) {
    const file =
      name === 'node'
        ? process.execPath
        : execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' })
    fs.symlinkSync(file.trim(), path.join(folder, name))
  }
  return folder
}

const tools = ['sh', 'node', 'flock', 'setsid', 'mkdir', 'date', 'sync', 'mv', 'sleep', 'git', 'env']

/** Runs `relay` after `setup`, a line of shell, as root of user and mount namespaces of its own. */
async function runApart(relay: Relay, setup: string, words: readonly string[], input = ''): Promise<Result> {
  const shell = ['unshare', '-Urm', 'sh', '-ec', `${setup}; exec "$@"`, 'sh', process.execPath, cliFile, ...words]
  const { exitCode, stdout, stderr } = await execa('env', shell, {
    cwd: relay.workspace,
    env: { ...relay.env, WORKSPACE: relay.workspace, STATE: relay.stateRoot },
    extendEnv: false,
    reject: false,
    input,
  })
  return { exitCode: exitCode ?? -1, stdout, stderr }
}

const readOnly = (name: string) => `mount --bind "$${name}" "$${name}"; mount -o remount,bind,ro "$${name}"`

describe.concurrent('the world of a job', () => {
  test('without bash the command is run by sh, and its log says so', async ({ relay, expect }) => {
    const env = { PATH: toolsOnly(relay, tools) }
    const { stdout, stderr } = await relay.run(['start', '-', '--yes'], {
      input: renderBlock({
        command: 'echo "run by ${BASH_VERSION:-sh}"; exit 3',
        preflight: { checks: [{ type: 'cmd_exit_zero', cmd: 'test -z "$BASH_VERSION"' }] },
        watch: calledBack,
      }),
      env,
    })
    expect(stderr).not.toContain('relay:')
    const job = await relay.untilDelivered(stdout.trim())
    expect(job).toMatchObject({ state: 'failed', exit: { code: 3 }, followUp: { state: 'done' } })
    expect(relay.log(job.id)).toBe('relay: there is no bash here; the command is run by sh\nrun by sh\n')
  })

  test('without flock that is said, with what to install, and not as a bug', async ({ relay, expect }) => {
    const env = {
      PATH: toolsOnly(
        relay,
        tools.filter((name) => name !== 'flock'),
      ),
    }
    // It stays in the inbox; nobody here can take it.
    const child = execa(process.execPath, [cliFile, 'start', '-', '--yes'], {
      cwd: relay.workspace,
      env: { ...relay.env, ...env },
      extendEnv: false,
      reject: false,
      input: renderBlock({ command: 'true' }),
    })
    await eventually(() => fs.existsSync(relay.state.supervisorLog) && supervisorLog(relay) !== '')
    await eventually(() => {
      expect(supervisorLog(relay)).toContain('Install util-linux (flock)')
      return true
    }, 5_000)
    expect(supervisorLog(relay)).not.toContain('a bug ended this process')
    child.kill()
    await child
  })

  test.for([
    ['nowhere', []],
    ['to no tool that the wrapper needs', ['sh', 'setsid']],
  ] as const)(
    'a job whose PATH leads %s ends with a reason: it is not tried for ever',
    async ([, names], { relay, expect }) => {
      const first = await relay.start({ command: 'true' }) // The supervisor itself has a good PATH.
      await relay.untilState(first, 'succeeded')
      const { stdout } = await execa(process.execPath, [cliFile, 'start', '-', '--yes'], {
        cwd: relay.workspace,
        env: { ...relay.env, PATH: names.length === 0 ? '/nonexistent' : toolsOnly(relay, names) },
        extendEnv: false,
        input: renderBlock({ command: 'echo ran' }),
      })
      const job = await eventually(() => {
        const one = relay.show(stdout)
        return one.endedAt === null ? undefined : one
      }, 12_000)
      expect(job.reason).not.toBe('')
    },
  )

  test('without inotify the end of a job is still seen, within 2.5 s', async ({ relay, expect }) => {
    const noInotify = 'echo 0 >/proc/sys/user/max_inotify_instances'
    const words = ['start', '-', '--yes']
    const block = renderBlock({ command: `echo up; ${waitFor('go')}`, watch: { ...calledBack, requireFiles: ['go'] } })
    const { stdout, stderr } = await runApart(relay, noInotify, words, block)
    expect(stdout, stderr).toMatch(/^\d{8}-/)
    await untilLogged(relay, stdout, 'up')
    await relay.untilState(stdout, 'running')
    expect(inotifyDescriptors(relay.supervisorPid()), 'the supervisor has none').toBe(0)
    fs.writeFileSync(inWorkspace(relay, 'go'), 'now')
    await eventually(() => fs.existsSync(attemptOf(relay, stdout).exit))
    const begun = performance.now()
    await relay.untilState(stdout, 'settling', 'succeeded')
    expect(performance.now() - begun).toBeLessThan(2_500)
    expect(await relay.untilDelivered(stdout)).toMatchObject({ state: 'succeeded', followUp: { state: 'done' } })
    const wait = await runApart(relay, noInotify, ['wait', stdout, '--follow-up', '--timeout', '10'])
    expect(wait.exitCode).toBe(0)
  })

  test('on a read-only workspace a job runs and is delivered, and that its entry is missing is said', async ({
    relay,
    expect,
  }) => {
    const block = renderBlock({ command: 'echo hi', watch: calledBack })
    const { stdout, stderr } = await runApart(relay, readOnly('WORKSPACE'), ['start', '-', '--yes'], block)
    expect(stdout, stderr).toMatch(/^\d{8}-/)
    const job = await relay.untilDelivered(stdout)
    expect(job).toMatchObject({ state: 'succeeded', followUp: { state: 'done' } })
    expect(relay.handoffLog).toBe('')
    const shown = await relay.run(['show', `${stdout}-f1`])
    expect(shown.stdout).toContain('the file system is read-only')
  })

  test('on a read-only state folder nothing starts, and the sentence names the cause', async ({ relay, expect }) => {
    fs.mkdirSync(relay.stateRoot, { recursive: true })
    const words = ['start', '-', '--yes']
    const fresh = await runApart(relay, readOnly('STATE'), words, renderBlock({ command: 'touch ran' }))
    expect(fresh.exitCode).toBe(1)
    expect(fresh.stderr).toMatch(/^relay: Cannot .*: the file system is read-only\.$/m)
    const done = await relay.start({ command: 'true' })
    await relay.untilDelivered(done)
    const used = await runApart(relay, readOnly('STATE'), words, renderBlock({ command: 'touch ran' }))
    expect(used.exitCode).toBe(1)
    expect(used.stderr).toMatch(/^relay: Cannot .*: the file system is read-only\.$/m)
    expect(used.stderr).not.toMatch(/^ +at /m)
    expect(fs.existsSync(inWorkspace(relay, 'ran'))).toBe(false)
  })

  test('on a read-only state folder jobs can still be looked at, though nobody can be woken', async ({
    relay,
    expect,
  }) => {
    const id = await relay.start({ command: `echo up; ${waitFor('never')}` })
    await untilLogged(relay, id, 'up')
    await relay.untilState(id, 'running')
    await killSupervision(relay)
    fs.rmSync(relay.state.builds, { recursive: true }) // As after an update: this build was never here.
    for (const words of [['list'], ['show', id], ['logs', id], ['list', '--json']]) {
      const { exitCode, stdout, stderr } = await runApart(relay, readOnly('STATE'), words)
      expect({ words, exitCode, stderr }).toMatchObject({ words, exitCode: 0 })
      expect(stdout).toContain(words[0] === 'logs' ? 'up' : id)
    }
  })

  test('a state folder that is a link, or a file, or of another user is refused with a sentence, and left alone', async ({
    relay,
    expect,
  }) => {
    const root = relay.stateRoot
    const elsewhere = path.join(relay.root, 'elsewhere')
    fs.mkdirSync(path.dirname(root))
    fs.mkdirSync(elsewhere)
    const refused = async () => {
      const { exitCode, stderr } = await relay.run(['list'])
      expect(exitCode).toBe(1)
      expect(stderr).not.toMatch(/^ +at /m)
      const json = await relay.run(['list', '--json'])
      return { stderr, code: (JSON.parse(json.stdout) as { error: { code: string } }).error.code }
    }

    fs.symlinkSync(elsewhere, root)
    expect(await refused()).toEqual({
      stderr: `relay: ${root} is a symbolic link. Replace it by a folder, or set XDG_STATE_HOME.`,
      code: 'state_symlink',
    })
    expect(fs.readdirSync(elsewhere)).toEqual([])
    fs.unlinkSync(root)

    fs.writeFileSync(root, 'mine')
    expect(await refused()).toEqual({
      stderr: `relay: ${root} is not a folder. Move it away.`,
      code: 'state_not_folder',
    })
    expect(fs.readFileSync(root, 'utf8')).toBe('mine')
    fs.unlinkSync(root)

    fs.mkdirSync(root)
    // Whoever is not root sees root's own folders as another user's.
    if (process.getuid?.() === 0) {
      fs.chownSync(root, 12_345, 12_345)
      expect(await refused()).toEqual({
        stderr: `relay: ${root} belongs to another user (uid 12345). Set XDG_STATE_HOME to a folder of yours.`,
        code: 'state_foreign',
      })
    } else {
      const { exitCode, stderr } = await runApart(relay, 'mount --bind /usr "$STATE"', ['list'])
      expect(exitCode).toBe(1)
      expect(stderr).toContain(`${root} belongs to another user`)
    }
    expect(fs.readdirSync(root)).toEqual([])
  })

  test('a state folder that others may read is closed to them', async ({ relay, expect }) => {
    fs.mkdirSync(relay.stateRoot, { recursive: true, mode: 0o755 })
    fs.chmodSync(relay.stateRoot, 0o755)
    expect((await relay.run(['list'])).exitCode).toBe(0)
    expect(fs.statSync(relay.stateRoot).mode & 0o777).toBe(0o700)
  })

  test('foreign files in the state folder harm nothing, are not touched, and are never taken for jobs', async ({
    relay,
    expect,
  }) => {
    const { state } = relay
    const folder = state.folder(folderKey(relay.workspace))
    fs.mkdirSync(folder.jobs, { recursive: true })
    const foreign = [
      path.join(state.folders, 'README'),
      path.join(state.folders, 'backup-000', 'note'),
      path.join(folder.jobs, 'file.txt'),
      path.join(folder.jobs, 'Not A Job', 'note'),
      path.join(folder.jobs, 'zzz-like-an-id', 'note'),
      path.join(folder.directory, '.nfs0001'),
      path.join(state.inbox, 'notes.txt'),
      path.join(state.inbox, '.request.json.swp'),
      path.join(state.inbox, '0-directory.ended', 'note'),
      path.join(state.inbox, '0-directory.json', 'note'),
      path.join(state.rejected, 'a-directory', 'note'),
      path.join(state.root, 'hosts', 'other', 'note'),
    ]
    for (const file of foreign) {
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, 'foreign')
    }
    const id = await relay.start({ command: 'echo hi', watch: calledBack })
    expect(await relay.untilDelivered(id)).toMatchObject({ state: 'succeeded', followUp: { state: 'done' } })
    const list = await relay.run(['list', '--json'])
    expect((JSON.parse(list.stdout) as { id: string }[]).map((job) => job.id)).toEqual([id, `${id}-f1`])
    const shown = await relay.run(['show', 'latest'])
    expect(shown.stdout, shown.stderr).toContain(id)
    const kept = foreign.filter((file) => fs.existsSync(file))
    expect(foreign.filter((file) => !kept.includes(file))).toEqual([])
  })

  test('a damaged spec is kept and named, and hides no other job', async ({ relay, expect }) => {
    const id = await relay.start({ command: `echo up; ${waitFor('go')}` })
    await untilLogged(relay, id, 'up')
    await relay.untilState(id, 'running')
    const { spec } = relay.store.find(id).paths
    await killSupervision(relay)
    fs.writeFileSync(spec, '{"v":1,"id":"20')
    const other = await relay.start({ command: 'echo other' })
    await relay.untilState(other, 'succeeded')
    const list = await relay.run(['list'])
    expect(list.exitCode).toBe(0)
    expect(list.stdout).toContain(other)
    expect(list.stderr).toContain(`${id}: Cannot read ${spec}: it is damaged. It is kept as it is`)
    const json = await relay.run(['list', '--json'])
    expect((JSON.parse(json.stdout) as { id: string }[]).map((job) => job.id)).toEqual([other])
    expect(json.stderr, 'a script is told, too').toContain(spec)
    const show = await relay.run(['show', id])
    expect({ exitCode: show.exitCode, stderr: show.stderr }).toMatchObject({
      exitCode: 1,
      stderr: list.stderr.replace(`${id}: `, 'relay: '),
    })
    expect(supervisorLog(relay)).toContain(`job ${id} was passed over`)
    expect(fs.readFileSync(spec, 'utf8')).toBe('{"v":1,"id":"20')
    expect(processesOfJob(relay, id).length, 'its work goes on').toBeGreaterThan(0)
  })

  test('a follow-up with a damaged spec does not hide the job it is about', async ({ relay, expect }) => {
    const id = await relay.start({ command: 'echo hi', watch: calledBack })
    await relay.untilDelivered(id)
    const { spec } = relay.store.find(`${id}-f1`).paths
    fs.writeFileSync(spec, 'garbage')
    const { exitCode, stdout, stderr } = await relay.run(['show', id, '--json'])
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
    expect(JSON.parse(stdout)).toMatchObject({ id, state: 'succeeded' })
  })

  test('names with blanks, quotes, dollars and line breaks are only names', async ({ expect }) => {
    const base = fs.mkdtempSync(path.join('/tmp', `it's "odd" $HOME \`id\`\n-`))
    const relay = new Relay(base)
    try {
      const id = await relay.start({
        command: `pwd > where; echo '{}' > metrics.json`,
        watch: { ...calledBack, requireFiles: ['metrics.json'] },
      })
      const job = await relay.untilDelivered(id)
      expect(job).toMatchObject({ state: 'succeeded', followUp: { state: 'done' }, cwd: relay.workspace })
      expect(fs.readFileSync(inWorkspace(relay, 'where'), 'utf8')).toBe(`${relay.workspace}\n`)
      expect(relay.handoffEntries(id)).toBe(1)
      // The wake script, too: the end of a job brings a supervisor where there is none.
      const next = await relay.start({ command: `echo up; ${waitFor('go')}` })
      await untilLogged(relay, next, 'up')
      await relay.untilState(next, 'running')
      await killSupervision(relay)
      fs.writeFileSync(inWorkspace(relay, 'go'), '')
      await relay.untilState(next, 'succeeded')
    } finally {
      await relay.dispose()
      fs.rmSync(base, { recursive: true, force: true })
    }
  })
})

/** How many inotify instances a process holds. */
function inotifyDescriptors(pid: number | null): number {
  const folder = `/proc/${pid ?? 'self'}/fd`
  return fs.readdirSync(folder).filter((fd) => {
    try {
      return fs.readlinkSync(path.join(folder, fd)).includes('inotify')
    } catch {
      return false // Closed while we looked.
    }
  }).length
}
