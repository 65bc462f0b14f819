import { tasks } from '../../engine/tasks/index.ts'
import type { Picked } from '../../shared/study.ts'

/** What readers of a task's strings have to know where they are drawn from another distribution than the study's authors drew theirs; null where they are not. */
export function drawnOtherwise({ id, distribution }: Picked): string | null {
  const option = Object.hasOwn(tasks, id) ? tasks[id]!.options.distribution : undefined
  if (!option || (distribution ?? option.default) === 'released') return null
  return 'Strings are drawn as the grammar says. The code released with DuSell & Chiang 2020–2023 draws them otherwise, and ln p of a string differs by up to 3.7: the distribution “released” is theirs.'
}
