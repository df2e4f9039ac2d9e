// The kinds of undertakings that there are.
import { trackActor } from '../tracking/trackActor'
import { openerOf, type UndertakingOpener } from './undertakings'

export const undertakingOpeners: readonly UndertakingOpener[] = [openerOf(trackActor)]
