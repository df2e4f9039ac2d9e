// Names of a draft that nobody has told are found; those that were told are not.
import { describe, expect, it } from 'vitest'
import { findUntoldNames } from '../../../src/core/chat/groundedNames'

const told = {
  texts: [
    'Train with train.py on configs/moons.yaml into exp/results/demo, and write metrics.json there. Use ruff, too.',
  ],
  files: ['train.py', 'data/', 'data/moons.csv', 'configs/moons.yaml', 'Makefile', 'scripts/run.sh'],
}
const untold = (command: string, more: object = {}) => findUntoldNames({ type: 'job_start', command, ...more }, told)

describe('a command', () => {
  it.each([
    'python3 train.py --config=configs/moons.yaml --lr 0.3 --run-dir exp/results/demo',
    './scripts/run.sh data/moons.csv > /dev/null',
    'SEED=1 make train && ruff .',
    "bash -c 'cd data && python3 ../train.py'".replace('../', ''),
    'for i in 1 2 3; do python3 train.py --seed $i; done',
    'cat_count=1; python3 train.py',
    'python3 train.py --out exp/results/demo/metrics.json',
    'python3 train.py data/*.csv',
  ])('whose names were told is fine: %s', (command) => expect(untold(command)).toEqual([]))

  it.each<[string, string[]]>([
    ['python3 evaluate.py', ['evaluate.py']],
    ['python3 train.py --data /data/imagenet', ['/data/imagenet']],
    ['torchrun train.py', ['torchrun']],
    ['nohup accelerate launch train.py', ['accelerate']],
    ['python3 -m pytest', ['pytest']],
    ['make train; wandb sync', ['wandb']],
    ["bash -c 'rsync data'", ['rsync']],
    ['python3 train.py --out=exp/results/other/metrics.json', ['exp/results/other/metrics.json']],
    ['npm test', ['npm']],
  ])('with a guess tells it: %s', (command, names) => expect(untold(command)).toEqual(names))
})

it('checks, required files and the task are looked at, too', () => {
  const preflight = {
    checks: [
      { type: 'path_exists', path: 'weights' },
      { type: 'cmd_exit_zero', cmd: 'nvidia-smi' },
      { type: 'min_free_disk_gb', gb: 1, path: '/scratch' },
      { type: 'min_free_disk_gb', gb: 1 },
    ],
  } as const
  const watch = { requireFiles: ['out/model.pt'], thenTask: 'Read guess.json and train/val loss, e.g. at 0.5.' }
  expect(
    findUntoldNames({ type: 'job_start', command: 'make', preflight: { checks: [...preflight.checks] }, watch }, told),
  ).toEqual(['weights', 'nvidia-smi', '/scratch', 'out/model.pt', 'guess.json'])
})
