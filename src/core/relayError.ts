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

/** By its name: the bundles of the extension each have a class of their own. */
export function isRelayError(error: unknown): error is RelayError {
  return error instanceof Error && error.name === 'RelayError'
}

/** Whether waiting may help: the disk is full, or could not be read just now. */
export function isPassing({ code }: RelayError): boolean {
  return code === 'disk_full' || code === 'io'
}
