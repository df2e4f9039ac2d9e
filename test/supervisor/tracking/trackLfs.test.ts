// A tracked job in a repository whose weights and results are kept in Git LFS, with the real git-lfs: pointers stay pointers, nothing of the
// person's changes, and a remote that lacks their contents says what to do.
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test as anyTest } from 'vitest'
import { eventually } from '../../support/eventually'
import { hasTool } from '../../support/tools'
import { TrackedClone } from '../../support/trackedClone'

const test = anyTest.runIf(hasTool('git-lfs') && hasTool('gh'))

let here: TrackedClone | null = null
afterEach(async () => {
  await here?.dispose()
  here = null
})

/** As GitHub does: a push whose pointers lead nowhere is refused. */
const refusing = `#!/bin/sh
while read -r _ new _; do
  for blob in $(git ls-tree -r "$new" | awk '{ print $3 }'); do
    oid=$(git cat-file blob "$blob" | head -c 200 | sed -n 's/^oid sha256://p')
    [ -z "$oid" ] && continue
    [ -e "lfs/objects/$(echo "$oid" | cut -c1-2)/$(echo "$oid" | cut -c3-4)/$oid" ] && continue
    echo "error: GH008: Your push referenced at least 1 unknown Git LFS object" >&2
    exit 1
  done
done
`

test('weights and results in Git LFS: pointers are pushed, contents stay, and a remote without them says what to do', async () => {
  here = await TrackedClone.make({ 'docs/moons.md': '# Two moons\n' })
  const { clone, hub, relay } = here
  clone.git(['lfs', 'install', '--local'])
  clone.write(
    '.gitattributes',
    ['*.bin', 'kept/*.json'].map((glob) => `${glob} filter=lfs diff=lfs merge=lfs -text\n`).join(''),
  )
  clone.write('weights.bin', Buffer.alloc(200_000, 7))
  clone.write('kept/metrics.json', '{"acc": 0.1}\n')
  clone.write('train.sh', 'exit 3\n')
  clone.commitAll('weights')
  clone.git(['push', '--quiet', 'origin', 'HEAD:main'])
  // One that the remote does not have, and one that is not committed at all.
  clone.write('more.bin', Buffer.alloc(200_000, 8))
  clone.commitAll('more weights')
  clone.write('weights.bin', Buffer.alloc(200_000, 9))
  fs.writeFileSync(path.join(clone.bare, 'hooks/pre-receive'), refusing, { mode: 0o755 })

  const gate = path.join(relay.root, 'gate')
  const fixer = path.join(relay.root, 'fixer.sh')
  const good = [
    `while [ ! -e ${gate} ]; do sleep 0.05; done`,
    'cmp weights.bin tuned.bin && exit 4',
    `echo '{"acc": 0.75}' > kept/metrics.json`,
  ]
  // The agent makes a file that is kept in LFS, too.
  const fix = [
    '#!/bin/sh',
    'cat > /dev/null',
    'head -c 100000 /dev/zero > tuned.bin',
    `cat > train.sh <<'TEXT'`,
    ...good,
    'TEXT',
  ]
  fs.writeFileSync(fixer, `${fix.join('\n')}\necho "[[task:done]]"\n`, { mode: 0o755 })
  await here.run(['config', 'followUps.command', JSON.stringify([fixer])])
  const before = here.print()
  const words = [
    '--doc',
    'docs/moons.md',
    '--results',
    'kept',
    '--metric',
    'acc',
    '--attempts',
    '2',
    '--agent',
    'command',
  ]
  const id = await here.track([...words, '--', 'sh train.sh'])
  const own = here
  const opened = await eventually(() => {
    const done = own.read(id).state.publications.find(({ key }) => key === 'opened')?.done
    return done ?? null
  }, 30_000)
  const branch = opened.branch ?? own.read(id).spec.plan.pullRequest?.branch ?? ''
  expect(opened).toMatchObject({ pushed: false, url: null, passing: false })
  expect(opened.problem).toContain(`Upload them (git lfs push origin ${branch})`)
  expect((await own.run(['track', 'show', id])).stdout).toContain('git lfs push origin')

  // The fix has its own; then what was said is done.
  await eventually(() => own.read(id).state.attempts[1]?.fix ?? null, 30_000)
  await eventually(() => own.read(id).state.publications.find(({ key }) => key === 'attempt-1')?.done ?? null, 30_000)
  clone.git(['lfs', 'push', 'origin', branch])
  fs.writeFileSync(gate, '')
  const track = await own.untilEnded(id)
  expect(track.state.ended?.outcome).toBe('succeeded')
  expect(track.state.publications.find(({ key }) => key === 'results')?.done).toMatchObject({
    pushed: true,
    problem: null,
  })
  expect(hub.pulls[0]?.body).toContain('0.75')
  for (const [file, size] of Object.entries({ 'weights.bin': 200_000, 'more.bin': 200_000, 'tuned.bin': 100_000 }))
    expect(clone.remoteFile(branch, file), file).toMatch(
      new RegExp(`^version https://git-lfs.github.com/spec/v1\noid sha256:[0-9a-f]{64}\nsize ${size}\n$`),
    )
  const changed = clone.git(['diff', '--name-only', 'main', branch], clone.bare).split('\n')
  expect(changed).toEqual(['docs/moons.md', 'more.bin', 'train.sh', 'tuned.bin'])
  const ours = Object.fromEntries(Object.entries(here.print()).filter(([name]) => !name.startsWith('.git/lfs/')))
  expect(ours).toEqual(Object.fromEntries(Object.entries(before).filter(([name]) => !name.startsWith('.git/lfs/'))))
}, 90_000)
