import { InputError, LabError } from '../errors.ts'

/** An error that came over the wall: the code and words of a `LabError` on the other side. */
export class ContractError extends LabError {
  /** The field that an `InputError` named, such as `study.task.kinds`; null for other errors. */
  readonly field: string | null

  constructor({ code, message, field = null, about = [] }: WireError) {
    super(code, message, { about })
    this.name = 'ContractError'
    this.field = field
  }
}

export interface WireError {
  readonly code: string
  readonly message: string
  readonly field?: string | null
  readonly about?: readonly string[]
}

/** What may be told of an error: everything of one for a person, of a fault in the program nothing but that there was one. */
export function wireError(error: unknown): WireError {
  if (error instanceof LabError) {
    const { code, message, about } = error
    const field = error instanceof InputError || error instanceof ContractError ? error.field : null
    return { code, message, field, ...(about.length > 0 ? { about } : {}) }
  }
  return {
    code: 'unexpected',
    message: `Something went wrong inside the app${error instanceof Error ? ` (${error.name})` : ''}; its log has the details.`,
    field: null,
  }
}
