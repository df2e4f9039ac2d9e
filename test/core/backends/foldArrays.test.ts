import { describe, expect, test } from 'vitest'
import { isEditorsOwn } from '../../../src/core/backends/editorProcesses'
import { foldArrays } from '../../../src/core/backends/slurm/foldArrays'

const row = (id: string, state: string, more: object = {}) => ({
  id,
  name: 'seeds',
  state,
  words: state === 'RUNNING' ? 'runs' : 'waits for its turn',
  nodes: null as string | null,
  elapsedSec: null as number | null,
  ...more,
})

describe('the tasks of an array', () => {
  test('are one row with the number of the array and how many of them run and wait', () => {
    const single = row('9', 'RUNNING', { name: 'train' })
    const folded = foldArrays([
      row('7_2', 'RUNNING', { nodes: 'n2', elapsedSec: 40 }),
      single,
      row('7_1', 'RUNNING', { nodes: 'n1', elapsedSec: 90 }),
      row('7_[3-9:2,20%4]', 'PENDING'),
      row('7_0', 'COMPLETED'),
    ])
    expect(folded).toMatchObject([
      { id: '7', name: 'seeds', state: 'RUNNING', words: 'tasks: 2 running, 5 waiting', nodes: null, elapsedSec: 90 },
      single,
    ])
  })
  test('that all wait say why', () => {
    expect(foldArrays([row('7_[1-200%4]', 'PENDING')])).toMatchObject([
      { id: '7', state: 'PENDING', words: 'tasks: 200 waiting; waits for its turn' },
    ])
  })
  test('that have all ended are an array that has ended', () => {
    expect(foldArrays([row('7_1', 'COMPLETED', { words: 'ended with exit 0' })])).toMatchObject([
      { id: '7', state: 'COMPLETED', words: 'ended with exit 0' },
    ])
  })
})

test.each([
  ['/home/me/.vscode-server/cli/servers/Stable-1/server/node /x/out/bootstrap-fork --type=extensionHost', true],
  ['/home/me/.cursor-server/bin/1/node /home/me/.cursor-server/x.js', true],
  ['/usr/share/code/code --type=renderer --lang=en', true],
  ['/usr/bin/node /opt/code-server/lib/vscode/extensions/json/server.js --node-ipc --clientProcessId=12', true],
  ['/usr/bin/node /opt/code-server/out/server-main.js --port 1', true],
  // A training that is debugged, and one whose name has such a word in it.
  ['/usr/bin/python /home/me/.vscode-server/extensions/debugpy/launcher 1 -- train.py', false],
  ['python train.py --type=large --out code-server/run', false],
])('of %j it is told whether it is of the editor', (args, isOwn) => {
  expect(isEditorsOwn(args)).toBe(isOwn)
})
