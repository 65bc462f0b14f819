import { createHash } from 'node:crypto'

/** What a row holds is not what was ever written there. The database reports it as damage to its file. */
export class UnreadableRow extends Error {}

/** Reads back JSON that was stored as `T`. @throws UnreadableRow */
export function parseStored<T>(json: string): T {
  try {
    return JSON.parse(json) as T
  } catch (cause) {
    throw new UnreadableRow('a stored record cannot be read', { cause })
  }
}

/** JSON with the keys of every record in order: one text for equal values. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : part,
  )
}

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

/** A record of numbers as JSON, which has no NaN and no infinities: those as strings. */
export function encodeNumbers(numbers: Readonly<Record<string, number | undefined>>): string {
  return JSON.stringify(numbers, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  )
}

export function decodeNumbers<Key extends string>(json: string): Partial<Record<Key, number>> {
  return Object.fromEntries(
    Object.entries(parseStored<Record<string, number | string>>(json)).map(([key, value]) => [key, Number(value)]),
  ) as Partial<Record<Key, number>>
}
