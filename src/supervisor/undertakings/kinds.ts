// The kinds of undertakings that there are.
import type { UndertakingOpener } from './undertakings'

export const undertakingOpeners: readonly UndertakingOpener[] = []
