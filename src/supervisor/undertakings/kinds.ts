// The kinds of undertakings that there are.
import { stepActor } from '../steps/stepActor'
import { openerOf, type UndertakingOpener } from './undertakings'

export function undertakingOpeners(): readonly UndertakingOpener[] {
  return [openerOf(stepActor())]
}
