// The time of day to the microsecond: to be compared with what `date +%s%N` and the file system say.

/** A clock in ms since the epoch, set anew now (which takes up to 1 ms): it does not follow later steps of the system's. */
export function setWallClock(): () => number {
  const last = Date.now()
  let now = last
  while (now === last) now = Date.now()
  const offset = now - performance.now()
  return () => performance.now() + offset
}
