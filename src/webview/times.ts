// Times as a person reads them, in the language of the editor and the zone of the person.

export interface Clock {
  /** A `time` element with date and time. */
  readonly full: (atMs: number) => HTMLTimeElement
  /** The time of day alone; the date is in its title. */
  readonly timeOfDay: (atMs: number) => HTMLTimeElement
  /** The day of the person's calendar, as a text to compare. */
  readonly day: (atMs: number) => string
}

export function createClock(locale: string): Clock {
  const full = createFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' })
  const timeOfDay = createFormat(locale, { timeStyle: 'medium' })
  const day = createFormat(locale, { dateStyle: 'short' })
  const element = (atMs: number, format: Intl.DateTimeFormat): HTMLTimeElement => {
    const time = document.createElement('time')
    time.dateTime = new Date(atMs).toISOString()
    time.textContent = format.format(atMs)
    time.title = full.format(atMs)
    return time
  }
  return {
    full: (atMs) => element(atMs, full),
    timeOfDay: (atMs) => element(atMs, timeOfDay),
    day: (atMs) => day.format(atMs),
  }
}

function createFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(locale, options)
  } catch {
    return new Intl.DateTimeFormat(undefined, options) // A language that the browser does not know.
  }
}
