// What git, gh and remotes say, as they were seen to say it, and what is made of it for a person.
import { expect, test } from 'vitest'
import { judgeGh } from '../../../src/core/tracking/ghProblem'
import { judgePush } from '../../../src/core/tracking/pushProblem'
import {
  chooseRemote,
  isRemoteName,
  parseRemote,
  renderRepository,
  showAddress,
} from '../../../src/core/tracking/remote'
import { type RepositoryReport, tellRepository } from '../../../src/core/tracking/repositoryReport'

test.for([
  [4, 'To get started with GitHub CLI, please run:  gh auth login', 'login', false],
  [
    1,
    'HTTP 401: Bad credentials (https://api.github.com/graphql)\nTry authenticating with:  gh auth login',
    'login',
    false,
  ],
  [
    1,
    'error connecting to api.github.com\ncheck your internet connection or https://githubstatus.com',
    'offline',
    true,
  ],
  [1, 'Get "https://api.github.com/user": dial tcp: lookup api.github.com: no such host', 'offline', true],
  [1, 'HTTP 502: Bad Gateway (https://api.github.com/graphql)', 'offline', true],
  [1, 'HTTP 403: API rate limit exceeded for user ID 1. (https://api.github.com/graphql)', 'rate_limit', true],
  [1, 'You have exceeded a secondary rate limit.', 'rate_limit', true],
  [
    1,
    'HTTP 403: Resource not accessible by personal access token (https://api.github.com/graphql)',
    'forbidden',
    false,
  ],
  [1, 'HTTP 403: Resource protected by organization SAML enforcement.', 'forbidden', false],
  [1, "GraphQL: Could not resolve to a Repository with the name 'ada/space'. (repository)", 'not_found', false],
  [
    1,
    'a pull request for branch "x" into branch "main" already exists:\nhttps://github.com/ada/space/pull/1',
    'exists',
    false,
  ],
  [1, 'pull request create failed: GraphQL: No commits between main and x (createPullRequest)', 'refused', false],
  [
    1,
    "pull request create failed: GraphQL: Head sha can't be blank, Head ref must be a branch (createPullRequest)",
    'refused',
    true,
  ],
  [1, '', 'refused', false],
] as const)('gh says %s %s', ([exitCode, stderr, kind, isPassing]) => {
  const problem = judgeGh('It could not be done', exitCode, stderr)
  expect(problem).toMatchObject({ kind, isPassing })
  expect(problem.sentence).toMatch(/^It could not be done: ./)
})

test.for([
  ["fatal: unable to access 'https://github.com/ada/space.git/': Could not resolve host: github.com", 'offline', true],
  [
    'ssh: connect to host github.com port 22: Connection timed out\nfatal: Could not read from remote repository.',
    'offline',
    true,
  ],
  ['git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.', 'login', false],
  ["fatal: could not read Username for 'https://github.com': terminal prompts disabled", 'login', false],
  ['Host key verification failed.\nfatal: Could not read from remote repository.', 'login', false],
  [
    "remote: Permission to ada/space.git denied to bob.\nfatal: unable to access 'x': The requested URL returned error: 403",
    'forbidden',
    false,
  ],
  ['ERROR: Repository not found.\nfatal: Could not read from remote repository.', 'no_repository', false],
  [
    'remote: error: GH006: Protected branch update failed for refs/heads/results/x.\n ! [remote rejected] x (protected branch hook declined)',
    'protected',
    false,
  ],
  ['remote: error: GH013: Repository rule violations found for refs/heads/results/x.', 'protected', false],
  ['remote: error: GH008: Your push referenced at least 1 unknown Git LFS objects', 'lfs', false],
  [' ! [rejected]        x -> x (stale info)\nerror: failed to push some refs', 'moved', true],
  [' ! [rejected]        x -> x (non-fast-forward)', 'moved', true],
  ['', 'refused', false],
] as const)('a remote says %s', ([stderr, kind, isPassing]) => {
  const problem = judgePush('origin', 'results/x', stderr)
  expect(problem).toMatchObject({ kind, isPassing })
  expect(problem.sentence).toMatch(/^The branch results\/x could not be pushed to origin: ./)
})

test('addresses of remotes lead to repositories, or to none', () => {
  const space = { host: 'github.com', owner: 'ada', name: 'space' }
  for (const url of [
    ...[
      'https://github.com/ada/space',
      'https://github.com/ada/space.git',
      'https://ada:x@github.com/ada/space.git/',
      'git@github.com:ada/space.git',
    ],
    ...[
      'ssh://git@github.com/ada/space',
      'ssh://git@ssh.github.com:443/ada/space.git',
      'github.com:ada/space',
      'git://github.com/ada/space.git',
    ],
  ])
    expect(parseRemote(url), url).toEqual(space)
  expect(parseRemote('https://git.example.com:8443/ada/space.git')).toEqual({ ...space, host: 'git.example.com:8443' })
  expect(renderRepository({ ...space, host: 'git.example.com' })).toBe('git.example.com/ada/space')
  for (const url of [
    '/srv/space.git',
    '../space',
    'file:///srv/space.git',
    'https://gitlab.com/a/b/c.git',
    'ext::sh -c x',
    '',
    'https://github.com/ada',
    '-oProxyCommand=x:a/b',
  ])
    expect(parseRemote(url), url).toBeNull()
  expect(showAddress('https://ada:secret@github.com/ada/space')).toBe('https://github.com/ada/space')
  expect(chooseRemote({ remotes: ['a', 'origin'], configured: [null, 'gone', 'a'] })).toBe('a')
  expect(chooseRemote({ remotes: ['a', 'b'], configured: [] })).toBeNull()
  for (const name of ['--upload-pack=x', 'ext::x', 'a b', '../x', '', 'a..b'])
    expect(isRemoteName(name), name).toBe(false)
})

const git = {
  top: '/w',
  head: '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567',
  branch: 'main',
  isDirty: false,
  branches: ['main'],
  remotes: [
    {
      name: 'origin',
      url: 'https://github.com/ada/space',
      repository: { host: 'github.com', owner: 'ada', name: 'space' },
    },
  ],
  remote: 'origin',
  unpushed: 0,
  usesLfs: false,
  hasSubmodules: false,
  signsCommits: false,
  hasHooks: false,
  identity: 'Ada <ada@example.com>',
} as const
const report: RepositoryReport = {
  git,
  problem: null,
  gh: { kind: 'ready', host: 'github.com', login: 'ada' },
  github: {
    repository: { host: 'github.com', owner: 'ada', name: 'space' },
    canPush: true,
    defaultBranch: 'main',
    parent: null,
    isArchived: false,
  },
}

test('what is in the way is told with its way out, and nothing where nothing is', () => {
  expect(tellRepository(report)).toEqual([])
  const github = report.github
  if (github === null) throw new Error('no repository')
  const cases: readonly (readonly [RepositoryReport, RegExp])[] = [
    [{ ...report, git: null, gh: { kind: 'not_asked' }, github: null }, /git init/],
    [{ ...report, git: { ...git, head: null } }, /commit once/],
    [{ ...report, git: { ...git, branch: null } }, /begins at 0a1b2c3d4e5f/],
    [{ ...report, git: { ...git, isDirty: true } }, /not committed stay where they are/],
    [{ ...report, git: { ...git, remotes: [], remote: null } }, /git remote add origin/],
    [{ ...report, git: { ...git, remote: null } }, /git config remote\.pushDefault/],
    [{ ...report, git: { ...git, unpushed: 2 } }, /2 commits of yours .* go with/],
    [{ ...report, git: { ...git, unpushed: 1, usesLfs: true } }, /push your own branch first/],
    [{ ...report, git: { ...git, hasHooks: true } }, /Hooks .* are not run/],
    [{ ...report, git: { ...git, hasSubmodules: true } }, /Submodules stay/],
    [{ ...report, git: { ...git, signsCommits: true } }, /are not signed/],
    [{ ...report, git: { ...git, identity: null } }, /git config --global user\.name/],
    [{ ...report, gh: { kind: 'absent' }, github: null }, /not installed/],
    [{ ...report, gh: { kind: 'no_login', host: 'github.com' }, github: null }, /gh auth login --hostname github\.com/],
    [{ ...report, gh: { kind: 'unknown', why: 'offline' }, github: null }, /opened when it can be/],
    [{ ...report, github: null }, /shows no repository ada\/space to ada/],
    [{ ...report, github: { ...github, canPush: false } }, /gh repo fork --remote/],
    [{ ...report, github: { ...github, isArchived: true } }, /is archived/],
    [
      { ...report, github: { ...github, parent: { host: 'github.com', owner: 'bob', name: 'space' } } },
      /in your fork ada\/space, not in bob\/space/,
    ],
    [
      {
        ...report,
        git: { ...git, remotes: [{ name: 'origin', url: '/srv/x', repository: null }] },
        gh: { kind: 'not_asked' },
        github: null,
      },
      /no repository that gh knows/,
    ],
  ]
  for (const [one, pattern] of cases) expect(tellRepository(one).join('\n')).toMatch(pattern)
})
