// Fields of a `supervisor` that the deployed relay knows and that do nothing here: said, so that nobody waits for it.
import type { Findings } from './findings'
import { propertyOf, type JsonObject } from './jsonTree'

const logs = 'The output of both commands is in the log of the job, which the follow-up is given.'

export function checkSupervisor(action: JsonObject, findings: Findings): void {
  const supervisor = propertyOf(action, 'supervisor')?.value
  if (supervisor?.kind !== 'object') return
  const say = (name: string, why: string, isMeant: (value: unknown) => boolean = () => true) => {
    const found = propertyOf(supervisor, name)
    if (found === undefined || !isMeant(found.value.kind === 'string' ? found.value.value : null)) return
    const message = `"${name}" has no effect here. ${why}`
    findings.add({ code: 'supervisor-no-effect', severity: 'hint', message, ...found.key })
  }
  say('gateOut', logs)
  say('gateErr', logs)
  say(
    'cleanupSmokePolicy',
    'Nothing is deleted: all that the smoke command has written stays.',
    (value) => value === 'keep_manifest_only',
  )
}
