import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { decodeFrame } from '../../shared/rpc/frame.ts'

/** What a bundle may be at most. */
export interface BundleBudget {
  /** Bytes when unpacked; also no more than `ratio` times as many as packed, past the first `free`. */
  readonly bytes: number
  readonly ratio: number
  readonly free: number
  /** Bytes of its JSON, and values in it. */
  readonly json: number
  readonly values: number
  /** Keys of one record. */
  readonly keys: number
}

const MIB = 2 ** 20
export const BUDGET: BundleBudget = {
  bytes: 1024 * MIB,
  ratio: 100,
  free: 16 * MIB,
  json: 256 * MIB,
  values: 8_000_000,
  keys: 10_000,
}
const LENGTH_BYTES = 4
/** Values checked in one turn. */
const TURN = 1_000

/** Why something is no bundle, or too much of one. */
export class NoBundle extends Error {}

/**
 * A packed frame's value. It is unpacked piece by piece beside the thread, and given up as soon as it is more than a bundle may be: nothing is
 * parsed whose size is not known. @throws NoBundle
 */
export async function unpackBundle(packed: Uint8Array, budget = BUDGET): Promise<unknown> {
  const most = Math.min(budget.bytes, budget.free + budget.ratio * packed.length)
  const watch = new FrameWatch(budget)
  const pieces: Uint8Array[] = []
  let total = 0
  const stream = createGunzip()
  stream.end(packed)
  try {
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      total += piece.length
      if (total > most) throw new NoBundle(`it unpacks to more than ${Math.round(most / MIB)} MiB`)
      watch.see(piece)
      pieces.push(piece)
    }
    const value = decodeFrame(Buffer.concat(pieces, total))
    refuseWideRecords(value, budget.keys)
    return value
  } catch (cause) {
    if (cause instanceof NoBundle) throw cause
    throw new NoBundle('it is damaged, or no bundle', { cause })
  } finally {
    stream.destroy()
  }
}

/** Whether a frame is one that `unpackBundle` takes. @throws NoBundle */
export function checkFrame(frame: Uint8Array, budget = BUDGET): void {
  if (frame.length > budget.bytes) throw new NoBundle(`it has more than ${budget.bytes / MIB} MiB`)
  new FrameWatch(budget).see(frame)
}

const [QUOTE, BACKSLASH, COMMA, BRACE, BRACKET] = [...'"\\,{['].map(sign => sign.charCodeAt(0))

/** Counts the values of a frame's JSON as its bytes come by. */
class FrameWatch {
  readonly #budget: BundleBudget
  readonly #head: number[] = []
  #json = 0
  #seen = 0
  #values = 0
  #inText = false
  #escaped = false

  constructor(budget: BundleBudget) {
    this.#budget = budget
  }

  see(piece: Uint8Array): void {
    let at = 0
    while (this.#head.length < LENGTH_BYTES && at < piece.length) {
      this.#head.push(piece[at++]!)
      if (this.#head.length < LENGTH_BYTES) continue
      this.#json = new DataView(Uint8Array.from(this.#head).buffer).getUint32(0, true)
      if (this.#json === 0) throw new NoBundle('it is damaged, or no bundle')
      if (this.#json > this.#budget.json)
        throw new NoBundle(`it has more than ${Math.round(this.#budget.json / MIB)} MiB of records`)
    }
    const end = Math.min(piece.length, at + this.#json - this.#seen)
    if (at < end && this.#seen === 0 && piece[at] !== BRACE) throw new NoBundle('it is damaged, or no bundle')
    for (let k = at; k < end; k++) this.#count(piece[k]!)
    this.#seen += Math.max(0, end - at)
    if (this.#values > this.#budget.values)
      throw new NoBundle(`it has more than ${this.#budget.values.toLocaleString('en')} values`)
  }

  #count(byte: number): void {
    if (this.#inText) {
      if (this.#escaped) this.#escaped = false
      else if (byte === BACKSLASH) this.#escaped = true
      else if (byte === QUOTE) this.#inText = false
    } else if (byte === QUOTE) this.#inText = true
    else if (byte === COMMA || byte === BRACE || byte === BRACKET) this.#values++
  }
}

/** Each key that a schema does not know is a problem of its own. */
function refuseWideRecords(root: unknown, most: number): void {
  const open: unknown[] = [root]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue
    const inside: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
    if (!Array.isArray(value) && inside.length > most)
      throw new NoBundle(`it has a record of more than ${most.toLocaleString('en')} fields`)
    for (const one of inside) open.push(one)
  }
}

/**
 * The first thing in a value that does not fit its schema, or null. Lists are checked item by item and no further than the first fault, in turns:
 * a schema as a whole would list every fault of a million items.
 */
export async function firstFault(
  schema: z.ZodType,
  value: unknown,
): Promise<{ readonly path: string; readonly cause: Error } | null> {
  let checked = 0
  const visit = async (
    given: z.core.$ZodType,
    found: unknown,
    path: readonly (string | number)[],
  ): Promise<{ path: string; cause: Error } | null> => {
    const own = inner(given, found)
    if (own instanceof z.ZodArray && Array.isArray(found)) {
      for (let k = 0; k < found.length; k++) {
        const fault = await visit(own.element, found[k], [...path, k])
        if (fault) return fault
      }
      return null
    }
    if (own instanceof z.ZodObject && isRecord(found) && hasList(own)) {
      for (const [key, field] of Object.entries(own.shape as Record<string, z.core.$ZodType>)) {
        const fault = await visit(field, found[key], [...path, key])
        if (fault) return fault
      }
      return null
    }
    if (++checked % TURN === 0) await new Promise(resolve => setImmediate(resolve))
    const result = z.safeParse(own, found)
    return result.success
      ? null
      : { path: [...path, ...(result.error.issues[0]?.path ?? [])].join('.'), cause: result.error }
  }
  return visit(schema, value, [])
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)

/** What a field holds where it is there. */
function inner(schema: z.core.$ZodType, found: unknown): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional)
    return found === undefined ? schema : inner(schema.unwrap(), found)
  if (schema instanceof z.ZodNullable) return found === null ? schema : inner(schema.unwrap(), found)
  return schema
}

const listing = new WeakMap<z.core.$ZodType, boolean>()

function hasList(schema: z.core.$ZodType): boolean {
  const known = listing.get(schema)
  if (known !== undefined) return known
  const own =
    schema instanceof z.ZodArray ||
    (schema instanceof z.ZodObject && Object.values(schema.shape as Record<string, z.core.$ZodType>).some(hasList)) ||
    ((schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) &&
      hasList(schema.unwrap()))
  listing.set(schema, own)
  return own
}
