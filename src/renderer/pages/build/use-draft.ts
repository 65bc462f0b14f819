import { computed, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { isRecord } from '../../../shared/is-record.ts'
import type { Catalog, Draft, Problem, StudyCheck } from '../../../shared/contract/index.ts'
import { useChanges, useLab } from '../../composables/lab.ts'
import { useLoad } from '../../composables/load.ts'
import { useSharedEdit, type SharedValue } from '../../composables/shared-edit.ts'
import type { Content } from './content.ts'
import { createForm, type StudyForm } from './form.ts'

export interface OpenDraft extends Pick<SharedValue<Content>, 'conflicts' | 'decide' | 'waiting' | 'store'> {
  readonly id: string
  readonly form: StudyForm
  readonly name: ComputedRef<string>
  /** What the host says of the newest content; undefined until it has. */
  readonly check: Readonly<ShallowRef<StudyCheck | undefined>>
  readonly checking: Readonly<ShallowRef<boolean>>
  /** Whether the draft is there no longer: another window has started or removed it. */
  readonly missing: Readonly<Ref<boolean>>
  /** Makes a draft of its own of what is here. */
  readonly saveAsNew: (name?: string) => Promise<Draft>
}

const nameOf = (content: Content): string => (typeof content.name === 'string' ? content.name : '')
const contentOf = ({ content }: Draft): Content => (isRecord(content) ? content : {})

/** A draft that is stored as it is typed, followed where another window writes it too, and checked by the host. */
export function useDraft(draft: Draft, catalog: Catalog): OpenDraft {
  const lab = useLab()
  const problems = shallowRef<readonly Problem[]>([])
  const missing = shallowRef(false)
  const saved = (content: Content): { name: string; content: Content } => ({
    name: nameOf(content).slice(0, 200),
    content,
  })
  const shared = useSharedEdit<Content>({
    version: { value: contentOf(draft), revision: draft.revision },
    write: async (content, revision) =>
      (await lab.drafts.save({ draftId: draft.id, revision: Number(revision), ...saved(content) })).revision,
    read: async () => {
      const now = await lab.drafts.get({ draftId: draft.id })
      missing.value = false
      return { value: contentOf(now), revision: now.revision }
    },
    rescue: content => saveAsNew(`${nameOf(content)} (from another window)`),
    onMissing: () => {
      missing.value = true
    },
  })
  const saveAsNew = (name = nameOf(shared.value.value)): Promise<Draft> =>
    lab.drafts.save(saved({ ...shared.value.value, name }))
  const form = createForm(contentOf(draft), catalog, problems, shared.edit)
  watch(
    shared.value,
    now => {
      if (now !== form.content.value) form.adopt(now)
    },
    { flush: 'sync' },
  )
  useChanges(['drafts'], shared.follow)
  const { data: check, loading: checking } = useLoad(
    form.content,
    async (content, signal) => {
      const found = await lab.preview.study({ content }, { signal })
      problems.value = found.problems
      return found
    },
    { pause: 120 },
  )
  return {
    id: draft.id,
    form,
    name: computed(() => nameOf(form.content.value)),
    check,
    checking,
    missing,
    saveAsNew,
    conflicts: shared.conflicts,
    decide: shared.decide,
    waiting: shared.waiting,
    store: shared.store,
  }
}
