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
  const [outer, inner] = [folder('/home/ada'), folder('/home/ada/moons')]
  expect(whose('/home/ada/moons/src', outer, inner)).toBe('/home/ada/moons')
  expect(whose('/home/ada/moons/src', inner, outer)).toBe('/home/ada/moons')
  expect(whose('/home/ada/moons', outer, inner)).toBe('/home/ada/moons')
  expect(whose('/home/ada/moons-2', outer, inner)).toBe('/home/ada')
  expect(whose('/elsewhere', outer, inner, folder('/'))).toBe('/')
  expect(whose('/elsewhere', outer, inner)).toBeUndefined()
})

test('an inner folder that no window has open, or that was turned on later, leaves it to the outer one', () => {
  expect(whose('/home/ada/moons', folder('/home/ada'), folder('/home/ada/moons', { isOpen: false }))).toBe('/home/ada')
  expect(whose('/home/ada/moons', folder('/home/ada'), folder('/home/ada/moons', { sinceMs: 11 }))).toBe('/home/ada')
})
