// A state in the colours of the command line.
import type { ShownState } from '../core/jobs/describeJob'
import { stateSigns } from '../core/jobs/jobWords'
import type { Console } from './console'

export function renderState(state: ShownState, console: Console): string {
  const style =
    state === 'succeeded'
      ? 'green'
      : state === 'failed' || state === 'lost'
        ? 'red'
        : state === 'blocked'
          ? 'yellow'
          : 'cyan'
  return console.paint(style, `${stateSigns[state]} ${state}`)
}
