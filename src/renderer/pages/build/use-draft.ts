import { computed, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Catalog, Draft, Problem, StudyCheck } from '../../../shared/contract/index.ts'
import { useLab } from '../../composables/lab.ts'
import { useLoad } from '../../composables/load.ts'
import { useSaver } from '../../composables/stored.ts'
import { attempt } from '../../shell/toasts.ts'
import { isRecord } from '../../../shared/is-record.ts'
import type { Content } from './content.ts'
import { createForm, type StudyForm } from './form.ts'

export interface OpenDraft {
  readonly id: string
  readonly form: StudyForm
  readonly name: ComputedRef<string>
  /** What the host says of the newest content; undefined until it has. */
  readonly check: Readonly<ShallowRef<StudyCheck | undefined>>
  readonly checking: Readonly<ShallowRef<boolean>>
  /** Whether something typed is not on the disk yet. */
  readonly waiting: Readonly<Ref<boolean>>
  /** Stores what is waiting. */
  readonly store: () => Promise<void>
}

const nameOf = (content: Content): string => (typeof content.name === 'string' ? content.name : '')

/** A draft that is stored as it is typed and checked by the host. */
export function useDraft(draft: Draft, catalog: Catalog): OpenDraft {
  const lab = useLab()
  const problems = shallowRef<readonly Problem[]>([])
  const { later, now, waiting } = useSaver<Content>(content =>
    attempt(() => lab.drafts.save({ draftId: draft.id, name: nameOf(content).slice(0, 200), content })),
  )
  const form = createForm(isRecord(draft.content) ? draft.content : {}, catalog, problems, later)
  const { data: check, loading: checking } = useLoad(
    form.content,
    async (content, signal) => {
      const found = await lab.preview.study({ content }, { signal })
      problems.value = found.problems
      return found
    },
    { pause: 120 },
  )
  return { id: draft.id, form, name: computed(() => nameOf(form.content.value)), check, checking, waiting, store: now }
}
