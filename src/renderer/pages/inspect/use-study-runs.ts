import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { FullRun, RunRow } from '../../../shared/contract/index.ts'
import { concernsRun, concernsStudy, useChanges, useLab, useProgress } from '../../composables/lab.ts'
import { useLoad } from '../../composables/load.ts'
import { pace } from '../../lib/pace.ts'

/** ms between two questions for runs in their first epoch: they can be looked into when it ends. */
const BEGUN_EVERY = 3_000

/** The runs of a run's study, followed as they begin, end and change. */
export function useStudyRuns(record: Readonly<Ref<FullRun | undefined>>): {
  readonly rows: ComputedRef<readonly RunRow[]>
  /** With the run itself, which is not listed when it is in the trash, but can be looked at and has a name. */
  readonly choosable: ComputedRef<readonly RunRow[]>
} {
  const lab = useLab()
  /** That of the run before until the next one has come, which is mostly of the same. */
  const studyId = shallowRef<string | null>(null)
  watch(
    record,
    now => {
      if (now) studyId.value = now.study.id
    },
    { immediate: true },
  )
  const { data, reload } = useLoad(studyId, async of => {
    const sort = [{ by: 'plan' as const }, { by: 'seed' as const }]
    const { rows } = await lab.runs.list({ search: `study:"${of}"`, archived: true, sort, limit: 500 })
    return { of, rows }
  })
  const rows = computed(() => (data.value?.of === studyId.value ? data.value.rows : []))
  useChanges(['runs'], changed => {
    if (studyId.value !== null && concernsStudy(changed, studyId.value)) reload()
  })
  const begun = pace(reload, BEGUN_EVERY)
  useProgress(changed => {
    if (rows.value.some(({ id, epochsDone }) => epochsDone === 0 && concernsRun(changed, id))) begun.ask()
  })
  onScopeDispose(begun.stop)
  return {
    rows,
    choosable: computed(() => {
      const own = record.value?.row
      return own && !rows.value.some(({ id }) => id === own.id) ? [own, ...rows.value] : rows.value
    }),
  }
}
