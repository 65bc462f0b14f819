import { useLab } from '../../composables/lab.ts'
import { count } from '../../lib/numbers.ts'
import type { LabClient } from '../../../shared/contract/index.ts'
import { saveArchive, saveFile } from '../../shell/files.ts'
import { attempt, say } from '../../shell/toasts.ts'

type Ids = readonly string[]
type Change = Omit<Parameters<LabClient['runs']['describe']>[0], 'runs'>

/** What can be done with runs, wherever they are shown. What takes them out of sight can be undone. @returns whether it was done */
export interface RunActs {
  readonly describe: (runs: Ids, change: Change) => Promise<boolean>
  readonly archive: (runs: Ids) => Promise<boolean>
  readonly bringBack: (runs: Ids) => Promise<boolean>
  readonly remove: (runs: Ids) => Promise<boolean>
  /** One bundle a study; several of them in one archive. */
  readonly exportBundles: (runs: Ids) => Promise<boolean>
}

export function useRunActs(): RunActs {
  const lab = useLab()
  const describe: RunActs['describe'] = (runs, change) =>
    attempt(() => lab.runs.describe({ runs: [...runs], ...change }))
  return {
    describe,
    async archive(runs) {
      const done = await describe(runs, { archived: true })
      if (done)
        say(`${count(runs.length, 'run')} archived`, {
          action: {
            title: 'Undo',
            run: () => {
              void describe(runs, { archived: false })
            },
          },
        })
      return done
    },
    bringBack: runs => describe(runs, { archived: false }),
    remove: runs =>
      attempt(async () => {
        const { undo, runs: gone } = await lab.runs.remove({ runs: [...runs] })
        say(`${count(gone, 'run')} in the trash`, {
          action: {
            title: 'Undo',
            run: () => {
              void attempt(() => lab.trash.restore({ undo }))
            },
          },
        })
      }),
    exportBundles: runs =>
      attempt(async () => {
        const files = await lab.studies.exportRuns({ runs: [...runs] })
        if (files.length === 1) saveFile(files[0]!)
        else saveArchive(`${count(runs.length, 'run')} of ${count(files.length, 'study', 'studies')}`, files)
      }),
  }
}
