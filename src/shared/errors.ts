/** An error a person can act on. `code` survives every wall (worker, socket, process). */
export class LabError extends Error {
  readonly code: string
  /** Ids of the runs that it is about, where something can be done about them. */
  readonly about: readonly string[]

  constructor(
    code: string,
    message: string,
    { about = [], ...options }: ErrorOptions & { about?: readonly string[] } = {},
  ) {
    super(message, options)
    this.name = 'LabError'
    this.code = code
    this.about = about
  }
}

/** Something a person wrote is not usable. Names the field, what was found and what is allowed; exit code 2 on the command line. */
export class InputError extends LabError {
  readonly field: string

  constructor(field: string, found: unknown, allowed: string) {
    super('bad-input', `${field} is ${describe(found)}; allowed: ${allowed}`)
    this.name = 'InputError'
    this.field = field
  }
}

/** One short line for any value: what an error message says was found. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'number' || value === null) return String(value)
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') return `a ${typeof value}`
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
