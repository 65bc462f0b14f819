import { computed, inject, provide, watch, type ComputedRef, type InjectionKey } from 'vue'
import { useStored } from '../composables/stored.ts'
import { useRouter, type Page } from './router.ts'

type Subjects = Readonly<Partial<Record<Page, string>>>
interface SubjectMemory {
  readonly subjects: ComputedRef<Subjects>
}

const SUBJECT: InjectionKey<SubjectMemory> = Symbol('subject')

const isSubjects = (value: unknown): value is Subjects =>
  typeof value === 'object' && value !== null && Object.values(value).every(one => typeof one === 'string')

/** Remembers what each page was about, over restarts: a page opens where it was left. Live and Compare share their study. */
export function provideSubject(): SubjectMemory {
  const { place } = useRouter()
  const kept = useStored<Subjects>('subjects', {}, isSubjects)
  watch(
    place,
    ({ page, subject }) => {
      if (subject === null || kept.value[page] === subject) return
      const shared = page === 'live' || page === 'compare' ? { live: subject, compare: subject } : { [page]: subject }
      kept.value = { ...kept.value, ...shared }
    },
    { immediate: true },
  )
  const memory = { subjects: computed(() => kept.value) }
  provide(SUBJECT, memory)
  return memory
}

export function useSubject(): SubjectMemory {
  const memory = inject(SUBJECT)
  if (!memory) throw new Error('useSubject() stands outside of an app that called provideSubject().')
  return memory
}
