// What is read once for everything that runs in one go, such as the lenses of a thousand blocks, and anew after it.

/** `read`, whose value for a key holds until the code that runs now gives way. What it throws is not kept. */
export function onceInATurn<Key, Value>(read: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>()
  return (key) => {
    const value = known.get(key)
    if (value !== undefined) return value
    const fresh = read(key)
    if (known.size === 0) queueMicrotask(() => known.clear())
    known.set(key, fresh)
    return fresh
  }
}
