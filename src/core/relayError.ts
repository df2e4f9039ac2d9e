// The one class for expected failures of the world. Anything else that is thrown is a bug.

/**
 * `code` is a stable snake_case word for scripts; `message` is a sentence for people that names the thing, the act and
 * the cause, and what to do if that is known.
 */
export class RelayError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
    this.name = 'RelayError'
  }
}

/** Whether waiting may help: the disk is full, or could not be read just now. */
export function isPassing({ code }: RelayError): boolean {
  return code === 'disk_full' || code === 'io'
}
