import type { Draft, FileOut, Imported, LabService, StudyInfo } from '../../shared/contract/index.ts'
import { LabError } from '../../shared/errors.ts'
import type { Environment, Study } from '../../shared/records.ts'
import { fieldName } from '../../shared/field-names.ts'
import { groupBy } from '../../shared/group-by.ts'
import { asReceived } from '../../shared/received-text.ts'
import { parseStudies } from '../../shared/study.ts'
import { ContractError } from '../../shared/rpc/errors.ts'
import type { Analysis } from '../analysis/analysis.ts'
import type { History } from '../history/history.ts'
import { exportStudy } from '../services/export.ts'
import { takeStudies } from '../services/studies.ts'
import { isOwnText } from '../services/text-files.ts'
import type { Arrivals } from './arrivals.ts'
import { isBundle, readBundle, writeBundle, type Bundle } from './bundle.ts'
import type { Changes } from './changes.ts'
import { fileName, textFile, textFiles } from './files.ts'
import type { RunIndex } from './run-index.ts'
import { stale, type Drafts } from './state.ts'
import { studyContent } from './study-content.ts'
import { studyInfos } from './study-info.ts'
import { takeBundle } from './take-bundle.ts'
import type { Trash } from './trash.ts'

export interface StudiesOptions {
  readonly history: History
  readonly analysis: Analysis
  readonly index: RunIndex
  readonly drafts: Drafts
  readonly trash: Trash
  readonly arrivals: Arrivals
  readonly changes: Changes
  /** What the runs of a bundle are said to be trained on when it does not say. */
  readonly environment: () => Environment
  /** Told when runs may have been queued. */
  readonly onQueued: () => void
}

export function studiesService({
  history,
  analysis,
  index,
  drafts,
  trash,
  arrivals,
  changes,
  environment,
  onQueued,
}: StudiesOptions): LabService['studies'] {
  const get = (id: string): Study => {
    if (trash.isHiddenStudy(id)) throw new LabError('unknown-study', `Study ${id} is in the trash.`)
    if (arrivals.has(id)) throw new LabError('unknown-study', `Study ${id} is still being taken in.`)
    return history.studies.get(id)
  }
  const info = (studies: readonly Study[]): StudyInfo[] => studyInfos(studies, index)
  const changed = (): void => {
    index.touch()
    changes.note(['studies', 'runs'])
  }
  const runsOf = (studyId: string, only?: readonly string[]): string[] => {
    const own = index
      .rows()
      .filter(row => row.studyId === studyId)
      .map(row => row.id)
    const stray = only?.find(id => !own.includes(id))
    if (stray !== undefined) throw new LabError('unknown-run', `There is no run ${stray} in study ${studyId}.`)
    return own.filter(id => only?.includes(id) ?? true)
  }

  /** All of them, or none; the studies are seen together, once all are there. */
  async function takeAll(
    bundles: readonly { readonly name: string; readonly bundle: Bundle }[],
    texts: readonly NamedContent[],
  ): Promise<{ taken: Study[]; saved: Draft[] }> {
    try {
      return await arrivals.during(async named => {
        const taken: Study[] = []
        for (const { name, bundle } of bundles)
          taken.push(await takeBundle(history, bundle, environment(), name, named, id => trash.isHiddenStudy(id)))
        const once = [...new Map(taken.map(study => [study.id, study])).values()]
        return { taken: once, saved: saveAll(drafts, texts) }
      })
    } finally {
      if (bundles.length > 0) changed()
    }
  }

  const bundleOf = (study: Study, name: string, runs?: readonly string[]): FileOut => ({
    name,
    type: 'application/gzip',
    bytes: writeBundle(history, study, runsOf(study.id, runs)),
  })

  return {
    list: ({ archived }) =>
      info(history.studies.list({ archived }).filter(({ id }) => !trash.isHiddenStudy(id) && !arrivals.has(id))),
    get: ({ studyId }) => get(studyId),
    async classes({ studyId }) {
      return (await analysis.quick.preview.sizes({ study: get(studyId).spec })).classes
    },
    async start({ content, again, draftId }) {
      await checkContent(analysis, content)
      const studies = takeStudies(history, parseStudies(content), { again })
      changed()
      onQueued()
      if (draftId !== undefined) drafts.drop(draftId)
      return info(studies)
    },
    describe({ studyId, note, was, archived }) {
      if (get(studyId).note !== (was ?? get(studyId).note)) throw stale('This note')
      const study = history.studies.describe(studyId, {
        ...(note === undefined ? {} : { note }),
        ...(archived === undefined ? {} : { archived }),
      })
      changes.note('studies', [])
      return info([study])[0]!
    },
    duplicate({ studyId }) {
      const { name, spec } = get(studyId)
      const next = numbered(
        name,
        [...history.studies.list({ archived: 'any' }), ...drafts.list()].map(other => other.name),
      )
      return drafts.save({ name: next, content: { ...plain(spec), name: next } })
    },
    remove: ({ studyId }) => trash.removeStudy(studyId),
    exportFile({ studyId }) {
      const { name, spec } = get(studyId)
      return textFile(fileName(name, 'json'), `${JSON.stringify(spec, null, 2)}\n`)
    },
    exportBundle: ({ studyId, runs }) => bundleOf(get(studyId), fileName(get(studyId).name, 'permafrost'), runs),
    exportRuns({ runs }) {
      const byStudy = [
        ...groupBy(
          runs.map(id => index.row(id)),
          ({ studyId }) => studyId,
        ),
      ].map(([studyId, rows]) => ({ study: get(studyId), ids: rows.map(({ id }) => id) }))
      // Studies may share a name, files of one archive may not.
      const names = byStudy.map(({ study }) => fileName(study.name, 'permafrost'))
      return byStudy.map(({ study, ids }, i) =>
        bundleOf(
          study,
          names.indexOf(names[i]!) === i ? names[i]! : fileName(`${study.name} ${study.id}`, 'permafrost'),
          ids,
        ),
      )
    },
    exportTables: ({ studyId }) =>
      textFiles(
        exportStudy(
          get(studyId),
          runsOf(studyId).map(id => history.runRecord(id)),
        ),
      ),
    async importFiles({ files }) {
      const isChosen = chosenTexts(history)
      const bundles: { name: string; bundle: Bundle }[] = []
      for (const { name, bytes } of files.filter(file => isBundle(file.bytes))) {
        const bundle = await readBundle(bytes, name)
        bundles.push({ name, bundle: { ...bundle, study: asReceived(bundle.study, isChosen) } })
      }
      const texts = files
        .filter(file => !isBundle(file.bytes))
        .map(({ name, bytes }) => ({ name, content: asReceived(studyContent(name, bytes), isChosen) }))
      const { taken, saved } = await takeAll(bundles, texts)
      return { studies: info(taken), drafts: saved } satisfies Imported
    },
  }
}

/** @throws ContractError `bad-input` with the first problem */
export async function checkContent({ quick }: Analysis, content: unknown): Promise<void> {
  const {
    problems: [problem],
  } = await quick.preview.study({ content })
  if (problem)
    throw new ContractError({
      code: 'bad-input',
      message: `${fieldName(problem.path)}: ${problem.message}`,
      field: problem.path,
    })
}

interface NamedContent {
  readonly name: string
  readonly content: unknown
}

function saveAll(drafts: Drafts, texts: readonly NamedContent[]): Draft[] {
  const saved: Draft[] = []
  try {
    for (const { name, content } of texts)
      saved.push(drafts.save({ name: titleIn(content) ?? name.replace(/\.json$/i, ''), content }))
    return saved
  } catch (error) {
    for (const { id } of saved) drafts.drop(id)
    throw error
  }
}

const titleIn = (content: unknown): string | null =>
  typeof content === 'object' &&
  content !== null &&
  'name' in content &&
  typeof content.name === 'string' &&
  content.name !== ''
    ? content.name.slice(0, 200)
    : null

/** Whether a text's path is the lab's own, or that of a study here: somebody has chosen it on this machine. */
function chosenTexts({ studies }: History): (path: string) => boolean {
  const paths = new Set(studies.list({ archived: 'any' }).map(({ spec }) => spec.task.path))
  return path => isOwnText(path) || paths.has(path)
}

/** `Copying` → `Copying 2`, `Copying 2` → `Copying 3`: the first that is free. */
export function numbered(name: string, taken: readonly string[]): string {
  const [, stem, from] = /^(.*?)(?: (\d+))?$/s.exec(name)!
  for (let n = Number(from ?? 1) + 1; ; n++) {
    const next = `${stem!.slice(0, 190)} ${n}`
    if (!taken.includes(next)) return next
  }
}

const plain = (value: object): object => JSON.parse(JSON.stringify(value)) as object
