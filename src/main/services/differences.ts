/** What differs between records, in the order in which the first has it; keys joined by dots, null where a record has no such key. */
export function differencesOf(records: readonly object[]): { path: string; values: unknown[] }[] {
  const flat = records.map(record => new Map(leaves(record)))
  const paths = [...new Set(flat.flatMap(own => [...own.keys()]))]
  return paths
    .map(path => ({ path, values: flat.map(own => own.get(path) ?? null) }))
    .filter(({ values }) => new Set(values.map(value => JSON.stringify(value))).size > 1)
}

/** Records are taken apart; lists stand whole, since their places mean nothing to a reader. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]]
  return Object.entries(value).flatMap(([key, part]) => leaves(part, path ? `${path}.${key}` : key))
}
