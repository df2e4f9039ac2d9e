import { describe, expect, test } from 'vitest'
import { placesIn, whyUnfixed } from '../../../src/core/tracking/seesFix'
import { job } from './tracks'

const sight = {
  folder: '/projects/space',
  links: ['data', '.venv'],
  realOf: (place: string) => place.replace(/^\/home\/ada\/project(?=\/|$)/, '/projects/space'),
  home: '/home/ada',
}
const why = (command: string, cwd?: string) => whyUnfixed(job(command, cwd), sight)

describe('a fix is not run', () => {
  test.for([
    'python3 /projects/space/eval.py',
    'cd /projects/space && python3 train.py',
    'cd "/projects/space"; make',
    'gcc -I/projects/space/include main.c && ./a.out',
    'python3 train.py --config=/projects/space/conf/a.yaml',
    '#!/bin/bash\n#SBATCH --chdir=/projects/space\npython train.py',
    'PYTHONPATH=/projects/space/src python3 train.py',
    'PYTHONPATH=/opt/lib:/projects/space/src python3 train.py',
  ])('where the command names the folder: %s', (command) => {
    expect(why(command)).toContain('would run without the fix')
  })
  test.for(['python3 /home/ada/project/eval.py', 'cd ~/project && make', 'cd $HOME/project; ls'])(
    'where a link or the home folder leads there: %s',
    (command) => {
      expect(why(command)).toContain('would run without the fix')
    },
  )
  test('where it runs outside of the workspace, or in what is linked', () => {
    expect(why('python3 eval.py', '/projects/other')).toContain('outside of the workspace folder')
    expect(why('python3 eval.py', '/projects/space2')).toContain('outside of the workspace folder')
    expect(why('python3 eval.py', '/projects/space/data/code')).toContain('linked')
  })
})

test('a fix is run where only what is linked, or lies elsewhere, is named', () => {
  expect(why('python3 train.py')).toBeNull()
  expect(why('python3 train.py', '/projects/space/sub')).toBeNull()
  expect(why('/projects/space/.venv/bin/python train.py --data /projects/space/data/x')).toBeNull()
  expect(why('/usr/bin/python3 train.py /projects/space2/x /scratch/y https://x.org/projects/space')).toBeNull()
  expect(why('~/miniconda/bin/python train.py a/b ./c')).toBeNull()
})

test('places of a command are absolute ones', () => {
  expect(placesIn('a/b ./c /usr/bin/x "~/y" x=/z/ https://h/p', '/h')).toEqual(['/usr/bin/x', '/h/y', '/z'])
  expect(placesIn('~/y', null)).toEqual(['/y'])
})
