// Patterns that a block wants to be told of have to be some: a mistake in one is found before the start, where it stands.
import { compileAlertPattern, maxAlertPatternChars } from '../logs/alertPatterns'
import { errorAt, quote } from './diagnostic'
import type { Findings } from './findings'
import { isEmpty, propertyOf, type JsonObject } from './jsonTree'

export function checkAlerts(action: JsonObject, findings: Findings): void {
  const watch = propertyOf(action, 'watch')?.value
  const list = watch?.kind === 'object' ? propertyOf(watch, 'alertOn')?.value : undefined
  for (const item of list?.kind === 'list' ? list.items : []) {
    if (item.kind !== 'string' || isEmpty(item) || item.value.length > maxAlertPatternChars) continue
    const compiled = compileAlertPattern(item.value)
    if (!('problem' in compiled)) continue
    const why = compiled.problem.charAt(0).toLowerCase() + compiled.problem.slice(1)
    const message = `The pattern ${quote(item.value)} in "alertOn" cannot be used: ${why}. Write a regular expression that only the lines have that matter.`
    findings.add(errorAt(item, 'alert-pattern', message))
  }
}
