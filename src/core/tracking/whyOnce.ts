// Why something that was adopted cannot be run again: what follows “It cannot be run again:”, for the person and for the track.
import { scriptProblem } from '../backends/slurm/scriptLines'
import type { Pointed } from './planTrack'

export function whyOnce(pointed: Pointed): string {
  switch (pointed.kind) {
    case 'slurm':
      return pointed.again === null
        ? (pointed.whyOnce ?? 'how it was submitted is not known')
        : whyNot(pointed.again.script)
    case 'process':
      return 'its command is not to be read'
    case 'run':
      return 'with what it was dispatched is not known (relay track --workflow FILE dispatches one that can be)'
    case 'launch':
    case 'script':
    case 'workflow':
      return 'how it was launched is not known'
  }
}

/** It is known, and cannot be submitted by us. */
function whyNot(script: string): string {
  return scriptProblem(script)?.replace(/\.$/, '') ?? 'its script cannot be submitted in the same way'
}
