import { z } from 'zod'

/** Schemas that several parts of the contract share. */

export const nothing = z.undefined().optional()
export const id = z.string().min(1).max(300)
export const text = (most: number) => z.string().max(most)
export const whole = (min: number, max = Number.MAX_SAFE_INTEGER) => z.number().int().min(min).max(max)

/** What only the host says and TypeScript types on both sides: a record, looked at no further. */
export const record = <T extends object>() => z.custom<T>(value => typeof value === 'object' && value !== null)

/** A measured number: NaN where it is not known, infinite where a model has diverged. */
export const measured = z.custom<number>(value => typeof value === 'number', 'a number')

export const float64s = z.custom<Float64Array>(value => value instanceof Float64Array, 'a Float64Array')
export const float32s = z.custom<Float32Array>(value => value instanceof Float32Array, 'a Float32Array')
export const int32s = z.custom<Int32Array>(value => value instanceof Int32Array, 'an Int32Array')
export const bytes = z.custom<Uint8Array>(value => value instanceof Uint8Array, 'a Uint8Array')

/** Part of a study picked by id, with its options: `{ id: 'superposition-stack', widths: [10] }`. */
export const picked = z.looseObject({ id })
export const lengthRange = z
  .tuple([whole(0, 100_000), whole(1, 100_000)])
  .refine(([low, high]) => low <= high, 'a range [shortest, longest]')
export const weights = z.enum(['best', 'last'])
export const runIds = z.array(id).min(1).max(10_000)

/** A file to be saved by the person: the host never learns where. */
export const fileOut = z.strictObject({
  /** A name without folders. */
  name: text(255),
  /** MIME type. */
  type: text(100),
  bytes,
})
export type FileOut = z.output<typeof fileOut>

/** A file that the person picked or dropped: its content, never a path. */
export const fileIn = z.strictObject({ name: text(255), bytes })

/** Whoever changes a note says which one, so that nobody writes over what another window has written meanwhile. */
export const namesNote = ({ note, was }: { note?: string | undefined; was?: string | undefined }): boolean =>
  (note === undefined) === (was === undefined)
export const NAMES_NOTE = { path: ['was'], message: 'the note that is changed' }
