// relay exp scaffold: shows what a workspace lacks for runs of experiments, asks, writes it.
import { RelayError } from '../core/relayError'
import { planScaffold, writeScaffold } from '../store/experiments/scaffold'
import { workspaceOf } from './expRun'
import { exitError, exitOk, type Options, type VerbContext } from './verb'

export async function expScaffold(context: VerbContext, words: readonly string[], options: Options): Promise<number> {
  const { console, experiments } = context
  if (words.length > 0) throw new RelayError('usage', `${words.join(' ')} is too much.`)
  const folder = workspaceOf(context, options)
  const planned = planScaffold(experiments, folder)
  for (const { name, text, state } of planned) {
    const what = { absent: 'New file', same: 'Up to date', other: 'Left as it is (yours)' }[state]
    console.out(
      `${console.paint('bold', what)}: ${name}${state === 'absent' ? ` (${text.split('\n').length - 1} lines)` : ''}`,
    )
    if (state === 'absent' && options['yes'] !== true)
      for (const line of text.trimEnd().split('\n')) console.out(console.paint('green', `  + ${line}`))
  }
  if (planned.every(({ state }) => state !== 'absent')) return exitOk
  if (options['yes'] !== true) {
    const answer = await console.ask(`Write this into ${folder}? [y/N]: `)
    if (answer === null)
      throw new RelayError('needs_yes', 'Nothing was written: nobody can be asked here. Use --yes to go on without.')
    if (!/^y(es)?$/i.test(answer.trim())) {
      console.err('Nothing was written.')
      return exitError
    }
  }
  for (const name of writeScaffold(planned, folder)) console.out(`Written: ${name}`)
  return exitOk
}
