import { isRecord } from '../../shared/is-record.ts'

/** A place at which two have changed the same thing to something else; `undefined` where there is nothing. */
export interface Conflict {
  readonly path: readonly string[]
  readonly mine: unknown
  readonly theirs: unknown
}

export interface Merged {
  /** What both have changed; where they disagree, mine. */
  readonly value: unknown
  readonly conflicts: readonly Conflict[]
}

/** Merges two values that were made from one, as JSON has them. Records are merged key by key; lists and all else are one thing each. */
export function merge(base: unknown, mine: unknown, theirs: unknown, path: readonly string[] = []): Merged {
  if (isSame(mine, theirs) || isSame(base, theirs)) return { value: mine, conflicts: [] }
  if (isSame(base, mine)) return { value: theirs, conflicts: [] }
  if (!isRecord(base) || !isRecord(mine) || !isRecord(theirs))
    return { value: mine, conflicts: [{ path, mine, theirs }] }
  const keys = [...new Set([...Object.keys(mine), ...Object.keys(theirs)])]
  const parts = keys.map(key => [key, merge(base[key], mine[key], theirs[key], [...path, key])] as const)
  return {
    value: Object.fromEntries(
      parts.filter(([, { value }]) => value !== undefined).map(([key, { value }]) => [key, value]),
    ),
    conflicts: parts.flatMap(([, { conflicts }]) => conflicts),
  }
}

/** With another value at a path; `undefined` takes it away. */
export function putAt(value: unknown, [key, ...rest]: readonly string[], part: unknown): unknown {
  if (key === undefined) return part
  const record = isRecord(value) ? value : {}
  const next = putAt(record[key], rest, part)
  const { [key]: _, ...others } = record
  return next === undefined ? others : { ...record, [key]: next }
}

export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((part, key) => (isRecord(part) ? part[key] : undefined), value)
}

/** Whether JSON says the same of both, in whatever order keys are. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((part, i) => isSame(part, b[i]))
  if (!isRecord(a) || !isRecord(b) || Array.isArray(a) || Array.isArray(b)) return false
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every(key => isSame(a[key], b[key]))
}
