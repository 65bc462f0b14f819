import type { RunSummary } from '../../shared/records.ts'
import { LabError } from '../../shared/errors.ts'
import type { JsonFile } from './json-file.ts'

/** In which order queued runs are taken up: as a person has put them, then the others as they were queued. */
export interface QueueOrder {
  sorted<Run extends Pick<RunSummary, 'id'>>(waiting: readonly Run[]): readonly Run[]
  /** @param before another waiting run; null: the end @throws LabError `not-waiting` */
  move(waiting: readonly RunSummary[], ids: readonly string[], before: string | null): void
}

export function queueOrder(file: JsonFile<readonly string[]>): QueueOrder {
  const sorted: QueueOrder['sorted'] = waiting => {
    const places = new Map(file.get().map((id, place) => [id, place]))
    if (places.size === 0) return waiting
    const place = ({ id }: Pick<RunSummary, 'id'>): number => places.get(id) ?? Infinity
    return waiting.toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)))
  }
  return {
    sorted,
    move(waiting, ids, before) {
      const order = sorted(waiting).map(run => run.id)
      const known = new Set(order)
      const missing = [...ids, ...(before === null ? [] : [before])].find(id => !known.has(id))
      if (missing !== undefined) throw new LabError('not-waiting', `Run ${missing} does not wait in the queue.`)
      const moved = new Set(ids)
      const rest = order.filter(id => !moved.has(id))
      const at = before === null || moved.has(before) ? rest.length : rest.indexOf(before)
      file.set([...rest.slice(0, at), ...moved, ...rest.slice(at)])
    },
  }
}
