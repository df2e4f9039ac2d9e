/** What is done when an agent is missing, logged out, or out of reach for longer than it may be waited for. */
export const otherwiseChoices = ['wait', 'builtin'] as const
export type Otherwise = (typeof otherwiseChoices)[number]
