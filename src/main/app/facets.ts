import type { Facets, RunRow } from '../../shared/contract/index.ts'
import { FLAGS, SEARCH_FIELDS } from '../../shared/search/fields.ts'

const MOST = 200

/** The values that runs have in each named field of a search, the most frequent first. */
export function facetsOf(rows: readonly RunRow[]): Facets {
  const named = SEARCH_FIELDS.filter(field => field.kind === 'name' && field.name !== 'run')
  const fields = named.map(
    field =>
      [
        field.name,
        counted(rows, row => (field.kind === 'name' ? labelled(field.name, row, field.of(row)) : [])),
      ] as const,
  )
  const flags = FLAGS.map(flag => ({ value: flag.name, label: flag.doc, runs: rows.filter(flag.of).length }))
  return { fields: { ...Object.fromEntries(fields), is: flags } }
}

type Value = Facets['fields'][string][number]

/** A plan goes by its id and a study by its name; the other way to call it is no value of its own. */
function labelled(name: string, row: RunRow, values: readonly string[]): { value: string; label: string }[] {
  if (name === 'plan') return [{ value: row.planId, label: row.planTitle }]
  if (name === 'study') return [{ value: row.studyName, label: row.studyName }]
  return values.map(value => ({ value, label: value }))
}

function counted(rows: readonly RunRow[], of: (row: RunRow) => { value: string; label: string }[]): Value[] {
  const found = new Map<string, { value: string; label: string; runs: number }>()
  for (const { value, label } of rows.flatMap(of)) {
    const known = found.get(value)
    if (known) known.runs++
    else found.set(value, { value, label, runs: 1 })
  }
  return [...found.values()].sort((a, b) => b.runs - a.runs || (a.value < b.value ? -1 : 1)).slice(0, MOST)
}
