/** What `npm test NAME` names, as `memories/none` or `devices/wasm`; undefined: everything. */
const named = process.env.PERMAFROST_PARTS?.split(' ')

/** Whether a law about these parts is to be held now: always, but where `npm test` was given names that are none of them. */
export const concerns = (...parts: readonly string[]): boolean =>
  named === undefined || parts.some(part => named.includes(part))

/** The entries of a catalogue that are meant, by their kind; all where none of that kind is named. */
export function meant<Part>(kind: string, catalogue: Readonly<Record<string, Part>>): [id: string, part: Part][] {
  const all = Object.entries(catalogue)
  return named?.some(name => name.startsWith(`${kind}/`)) ? all.filter(([id]) => concerns(`${kind}/${id}`)) : all
}
