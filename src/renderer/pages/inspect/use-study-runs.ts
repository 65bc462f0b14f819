import { computed, onScopeDispose, type ComputedRef, type ShallowRef } from 'vue'
import type { FullRun, RunRow } from '../../../shared/contract/index.ts'
import { concernsRun, concernsStudy, useChanges, useLab, useProgress } from '../../composables/lab.ts'
import { useLoad } from '../../composables/load.ts'
import { pace } from '../../lib/pace.ts'

/** ms between two questions for runs in their first epoch: they can be looked into when it ends. */
const BEGUN_EVERY = 3_000

/** The runs of a run's study, followed as they begin, end and change. */
export function useStudyRuns(record: Readonly<ShallowRef<FullRun | undefined>>): {
  readonly rows: ComputedRef<readonly RunRow[]>
  /** With the run itself, which is not listed when it is in the trash, but can be looked at and has a name. */
  readonly choosable: ComputedRef<readonly RunRow[]>
} {
  const lab = useLab()
  const { data, reload } = useLoad(
    () => record.value?.study.id ?? null,
    async id =>
      (
        await lab.runs.list({
          search: `study:"${id}"`,
          archived: true,
          sort: [{ by: 'plan' }, { by: 'seed' }],
          limit: 500,
        })
      ).rows,
  )
  useChanges(['runs'], changed => {
    if (record.value && concernsStudy(changed, record.value.study.id)) reload()
  })
  const begun = pace(reload, BEGUN_EVERY)
  useProgress(changed => {
    if (data.value?.some(({ id, epochsDone }) => epochsDone === 0 && concernsRun(changed, id))) begun.ask()
  })
  onScopeDispose(begun.stop)
  const rows = computed(() => data.value ?? [])
  return {
    rows,
    choosable: computed(() => {
      const own = record.value?.row
      return own && !rows.value.some(({ id }) => id === own.id) ? [own, ...rows.value] : rows.value
    }),
  }
}
