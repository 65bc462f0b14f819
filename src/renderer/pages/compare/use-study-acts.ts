import { computed, type ComputedRef, type Ref } from 'vue'
import { COMPARISON_FORMATS } from '../../../shared/contract/comparison.ts'
import type { StudyInfo } from '../../../shared/contract/index.ts'
import type { MenuItem } from '../../components/DropMenu.vue'
import { useLab } from '../../composables/lab.ts'
import { useActions } from '../../shell/commands.ts'
import { saveArchive, saveFile } from '../../shell/files.ts'
import { go, replace } from '../../shell/router.ts'
import { attempt, say } from '../../shell/toasts.ts'
import type { Question } from './use-comparison.ts'

const FORMATS: Readonly<Record<(typeof COMPARISON_FORMATS)[number], string>> = {
  csv: 'Verdicts as CSV',
  'values-csv': 'Values of each seed as CSV',
  json: 'All as JSON',
  latex: 'Table as LaTeX',
  markdown: 'Table as Markdown',
}

/** What can be taken from a study that is compared. */
export const EXPORTS: readonly MenuItem[] = [
  ...COMPARISON_FORMATS.map(format => ({ id: format as string, title: FORMATS[format] })),
  { id: 'tables', title: 'Tables of all runs as CSV', apart: true },
  { id: 'file', title: 'Study file' },
  { id: 'bundle', title: 'Bundle: study, runs, checkpoints' },
]

export interface StudyActs {
  readonly menu: ComputedRef<MenuItem[]>
  readonly onMenu: (id: string) => void
  /** Takes one of `EXPORTS` away. */
  readonly save: (id: string) => Promise<boolean>
  /** A draft of the study, with as many seeds as would settle a question. */
  readonly buildWith: (seeds: number | null) => Promise<boolean>
  readonly showAcross: () => void
  readonly showPublished: () => void
}

/** What can be done with the study that the page compares; what takes it out of sight can be undone. */
export function useStudyActs(
  study: Ref<StudyInfo | undefined>,
  studyId: Ref<string | null>,
  question: Ref<Question>,
): StudyActs {
  const lab = useLab()

  const save = (id: string): Promise<boolean> =>
    attempt(async () => {
      const about = { studyId: studyId.value! }
      if (id === 'tables') saveArchive(`${study.value!.name} tables`, await lab.studies.exportTables(about))
      else if (id === 'file') saveFile(await lab.studies.exportFile(about))
      else if (id === 'bundle') saveFile(await lab.studies.exportBundle(about))
      else {
        const { weights, reference, targets } = question.value
        saveFile(
          await lab.comparison.export({
            ...about,
            weights,
            format: id as (typeof COMPARISON_FORMATS)[number],
            ...(reference === null ? {} : { reference }),
            ...(targets === null ? {} : { targets: [...targets] }),
          }),
        )
      }
    })

  const buildWith = (seeds: number | null): Promise<boolean> =>
    attempt(async () => {
      const draft = await lab.studies.duplicate({ studyId: studyId.value! })
      if (seeds !== null)
        await lab.drafts.save({
          draftId: draft.id,
          revision: draft.revision,
          name: draft.name,
          content: { ...(draft.content as object), seeds },
        })
      go({ page: 'build', subject: draft.id })
    })

  const remove = (): Promise<boolean> =>
    attempt(async () => {
      const { name, id } = study.value!
      const { undo } = await lab.studies.remove({ studyId: id })
      replace({ page: 'compare' })
      say(`${name} is in the trash`, {
        action: {
          title: 'Undo',
          run: () => {
            void attempt(async () => {
              await lab.trash.restore({ undo })
              go({ page: 'compare', subject: id })
            })
          },
        },
      })
    })

  const setArchived = (id: string, archived: boolean): Promise<boolean> =>
    attempt(async () => {
      const { name } = await lab.studies.describe({ studyId: id, archived })
      if (archived)
        say(`${name} is archived`, {
          action: {
            title: 'Undo',
            run: () => {
              void setArchived(id, false)
            },
          },
        })
    })

  const showView = (view: 'across' | 'published') => (): void => {
    go({ page: 'compare', subject: studyId.value, query: { view } })
  }
  const [showAcross, showPublished] = [showView('across'), showView('published')]

  const ACTS: Readonly<Record<string, () => unknown>> = {
    across: showAcross,
    published: showPublished,
    duplicate: () => buildWith(null),
    remove,
    archive: () => setArchived(study.value!.id, !study.value!.archived),
    runs: () => {
      go({ page: 'history', query: { q: `study:"${study.value!.id}"` } })
    },
  }

  nameActions(study, { showAcross, buildWith, save })
  return {
    menu: computed(() => menuOf(study.value)),
    onMenu: id => {
      void ACTS[id]?.()
    },
    save,
    buildWith,
    showAcross,
    showPublished,
  }
}

const menuOf = (study: StudyInfo | undefined): MenuItem[] => [
  { id: 'across', title: 'Side by side with other studies', icon: 'columns' },
  { id: 'published', title: 'The published study', icon: 'flag' },
  { id: 'duplicate', title: 'Duplicate as a draft', icon: 'copy', apart: true },
  { id: 'runs', title: 'Its runs in the history', icon: 'history' },
  {
    id: 'archive',
    title: study?.archived ? 'Bring study back from the archive' : 'Archive study',
    icon: 'archive',
    apart: true,
  },
  { id: 'remove', title: 'Move study to the trash', icon: 'trash', danger: true },
]

function nameActions(
  study: Ref<StudyInfo | undefined>,
  { showAcross, buildWith, save }: Pick<StudyActs, 'showAcross' | 'buildWith' | 'save'>,
): void {
  useActions([
    { id: 'compare-across', title: 'Compare studies side by side', group: 'Study', run: showAcross },
    {
      id: 'duplicate-study',
      title: 'Duplicate this study as a draft',
      group: 'Study',
      enabled: () => study.value !== undefined,
      run: () => {
        void buildWith(null)
      },
    },
    {
      id: 'export',
      title: 'Export bundle of this study',
      group: 'Study',
      keys: ['Ctrl+S'],
      enabled: () => study.value !== undefined,
      run: () => {
        void save('bundle')
      },
    },
  ])
}
