// The kinds of undertakings that there are.
import { stepActor } from '../steps/stepActor'
import { trackActor } from '../tracking/trackActor'
import { openerOf, type UndertakingOpener } from './undertakings'

export function undertakingOpeners(): readonly UndertakingOpener[] {
  return [openerOf(stepActor()), openerOf(trackActor)]
}
