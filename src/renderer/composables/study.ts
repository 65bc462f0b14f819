import { computed, type ComputedRef, type Ref } from 'vue'
import type { StudyInfo } from '../../shared/contract/index.ts'
import { planStyles, type PlanStyle } from '../../figures/palette.ts'
import { useChanges, useLab } from './lab.ts'
import { useLoad } from './load.ts'

export interface KnownStudy {
  readonly study: ComputedRef<StudyInfo | undefined>
  /** Styles of its plans, in their order. */
  readonly styles: ComputedRef<ReadonlyMap<string, PlanStyle>>
  /** All studies, newest first. */
  readonly studies: ComputedRef<readonly StudyInfo[]>
  readonly known: ComputedRef<boolean>
}

/** A study that a page is about, as the host lists it. */
export function useStudy(studyId: Ref<string | null>): KnownStudy {
  const lab = useLab()
  const { data, reload } = useLoad(
    () => 'studies',
    () => lab.studies.list({ archived: 'any' }),
  )
  useChanges(['studies', 'trash'], reload)
  const study = computed(() => data.value?.find(({ id }) => id === studyId.value))
  return {
    study,
    styles: computed(() => planStyles(study.value?.plans.map(({ id }) => id) ?? [])),
    studies: computed(() => [...(data.value ?? [])].reverse()),
    known: computed(() => data.value !== undefined),
  }
}
