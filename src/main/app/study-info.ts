import { tasks } from '../../engine/tasks/index.ts'
import type { StudyInfo } from '../../shared/contract/index.ts'
import type { RunStatus, Study } from '../../shared/records.ts'
import { twinsOf } from '../services/same-training.ts'
import type { RunIndex } from './run-index.ts'

/** Studies as lists show them, their runs counted without those in the trash. */
export function studyInfos(studies: readonly Study[], index: RunIndex): StudyInfo[] {
  const known = new Map(
    studies.map(study => [
      study.id,
      { runs: {} as Partial<Record<RunStatus, number>>, endedAt: null as number | null },
    ]),
  )
  for (const { studyId, status, endedAt } of index.rows()) {
    const own = known.get(studyId)
    if (!own) continue
    own.runs[status] = (own.runs[status] ?? 0) + 1
    if (endedAt !== null) own.endedAt = Math.max(own.endedAt ?? 0, endedAt)
  }
  const plansOf = (spec: Study['spec']): StudyInfo['plans'] => {
    const twins = twinsOf(spec)
    return spec.plans.map(({ id, title = id }) => ({ id, title, ...(twins.has(id) ? { sameAs: twins.get(id)! } : {}) }))
  }
  return studies.map(({ id, name, note, archived, createdAt, spec }) => ({
    id,
    name,
    note,
    archived,
    createdAt,
    ...known.get(id)!,
    taskId: spec.task.id,
    taskTitle: Object.hasOwn(tasks, spec.task.id) ? tasks[spec.task.id]!.title : spec.task.id,
    controllerId: spec.model.controller.id,
    memoryId: spec.model.memory.id,
    plans: plansOf(spec),
    seeds: spec.seeds.length,
  }))
}
