import { expect, test } from 'vitest'
import { whoseConversation } from '../../../src/core/agentRequests/whoseConversation'

const folder = (path: string, change: { isOpen?: boolean; sinceMs?: number } = {}) => ({
  path,
  isOpen: true,
  sinceMs: 0,
  ...change,
})
const whose = (cwd: string, ...folders: ReturnType<typeof folder>[]) => whoseConversation(cwd, 10, folders)?.path

test('a conversation is of the innermost folder around it that a window has open', () => {
  const [outer, inner] = [folder('/work'), folder('/work/moons')]
  expect(whose('/work/moons/src', outer, inner)).toBe('/work/moons')
  expect(whose('/work/moons/src', inner, outer)).toBe('/work/moons')
  expect(whose('/work/moons', outer, inner)).toBe('/work/moons')
  expect(whose('/work/moons-2', outer, inner)).toBe('/work')
  expect(whose('/elsewhere', outer, inner, folder('/'))).toBe('/')
  expect(whose('/elsewhere', outer, inner)).toBeUndefined()
})

test('an inner folder that no window has open, or that was turned on later, leaves it to the outer one', () => {
  expect(whose('/work/moons', folder('/work'), folder('/work/moons', { isOpen: false }))).toBe('/work')
  expect(whose('/work/moons', folder('/work'), folder('/work/moons', { sinceMs: 11 }))).toBe('/work')
})
