// A dry run: the checks of a plan without its command. It asks for the same approval, starts nothing and promises nothing.
import type { CheckFinding } from './checkFinding'
import type { Outcome } from './outcome'
import type { Plan } from './plan'
import type { PlanFact } from './renderPlan'

/** What a dry run looks at besides the checks of its block, which may have none; the finding of it comes first. */
export const directoryCheck = 'the directory can be used'

/** What the findings of a dry run say about a start: `succeeded`, it would be started; `blocked`, it would not. */
export function judgeDryRun(
  { preflight }: Plan,
  findings: readonly CheckFinding[],
): { readonly outcome: Outcome; readonly reason: string } {
  const [directory, ...own] = findings
  const failed = own.filter(({ passed }) => !passed)
  const list = failed.map(({ name, detail }) => `${name}: ${detail}`).join('; ')
  if (directory?.passed === false) return { outcome: 'blocked', reason: `It would fail: ${directory.detail}` }
  if (own.length === 0)
    return { outcome: 'succeeded', reason: 'It has no checks of its own; its directory can be used.' }
  if (failed.length === 0)
    return {
      outcome: 'succeeded',
      reason: own.length === 1 ? 'Its check passed.' : `All ${own.length} checks passed.`,
    }
  const count = `${failed.length} of ${own.length} ${own.length === 1 ? 'check' : 'checks'} did not pass`
  return preflight.onFail === 'reject'
    ? { outcome: 'blocked', reason: `It would not be started, ${count}: ${list}` }
    : { outcome: 'succeeded', reason: `It would be started with a warning, ${count}: ${list}` }
}

/** What a person reads first who approves a dry run. The rest of the plan is shown all the same: it is the approval's. */
export function renderDryRun({ preflight }: Plan): PlanFact {
  const value =
    preflight.checks.length === 0
      ? 'it has no checks: only its directory is looked at. The command is not started, and there is no follow-up.'
      : 'only the checks below are run, now. The command is not started, and there is no follow-up.'
  return { label: 'Dry run', value }
}
