// Waiting for the end of a job, for a while.
import type * as vscode from 'vscode'
import type { JobDescription } from '../../core/jobs/describeJob'

/** A job of another window's folder tells nothing of itself: it is looked at this often. */
const lookEveryMs = 1_000

/** Resolves when the job has ended, after `ms`, or when the wait was cancelled. */
export async function untilEnded(
  read: () => JobDescription,
  onDidChange: vscode.Event<void>,
  ms: number,
  token: vscode.CancellationToken,
): Promise<void> {
  if (token.isCancellationRequested) return
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearInterval(timer)
      clearTimeout(limit)
      for (const subscription of subscriptions) subscription.dispose()
      resolve()
    }
    const look = () => {
      if (read().endedAt !== null) finish()
    }
    const timer = setInterval(look, lookEveryMs)
    const limit = setTimeout(finish, ms)
    const subscriptions = [onDidChange(look), token.onCancellationRequested(finish)]
    look()
  })
}
