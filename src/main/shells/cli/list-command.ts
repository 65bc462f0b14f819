import { RUN_STATUSES, type RunStatus, type RunSummary, type Study } from '../../../shared/records.ts'
import { isDiverged } from '../../../shared/diverged.ts'
import { classesIn } from '../../services/comparisons.ts'
import { OVER, RESUMABLE } from '../../services/runs.ts'
import { lookingAt, type Cli, type PlaceFlags } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { findStudy } from './find.ts'
import { jsonText } from './terminal.ts'
import { textTable } from './text-table.ts'
import { fixed, moment, plain } from './words.ts'

interface ListFlags extends PlaceFlags {
  readonly json?: boolean
  readonly all?: boolean
}

/** Prints the studies in the history, or the runs of one of them. @returns the exit code */
export function list(cli: Cli, name: string | undefined, flags: ListFlags): Promise<number> {
  const { out } = cli.terminal
  return lookingAt(cli, flags, async (lab, home) => {
    const archived = flags.all ? 'any' : false
    if (name !== undefined && lab !== null) {
      const runs = lab.history.runs.list({ studies: [findStudy(lab.history, name).id], archived })
      out.write(flags.json ? `${jsonText(runs, 2)}\n` : runsTable(runs, classesIn(lab.history, runs)))
      return EXIT.ok
    }
    const studies = lab?.history.studies.list({ archived }) ?? []
    if (flags.json) out.write(`${jsonText(studies, 2)}\n`)
    else out.write(studies.length > 0 ? studiesTable(studies) : `No studies in ${home} yet.\n`)
    return EXIT.ok
  })
}

function studiesTable(studies: readonly Study[]): string {
  const rows = studies.map(({ id, name, createdAt, runs, archived, damaged }) => [
    id,
    plain(name) + (archived ? ' (archived)' : '') + (damaged ? ' (damaged)' : ''),
    moment(createdAt),
    statusText(runs),
  ])
  const stopped = studies.reduce((sum, { runs }) => sum + total(runs, RESUMABLE), 0)
  return (
    textTable(
      ['id', 'study', 'added', 'runs'].map(title => ({ title })),
      rows,
    ) + (stopped > 0 ? `\n${stopped} runs stopped before their end; \`resume\` goes on with them.\n` : '')
  )
}

const total = (runs: Study['runs'], statuses: readonly RunStatus[]): number =>
  statuses.reduce((sum, status) => sum + (runs[status] ?? 0), 0)

/** 12 of 12 done; 5 of 12 done, 2 running, 5 queued. */
function statusText(runs: Study['runs']): string {
  const rest = RUN_STATUSES.filter(status => !OVER.includes(status) && runs[status])
  return [
    `${total(runs, OVER)} of ${total(runs, RUN_STATUSES)} done`,
    ...rest.map(status => `${runs[status]} ${status}`),
  ].join(', ')
}

/** How a run stands, and what makes its figures worth nothing. */
function standing({ status, error, trainLoss }: RunSummary, classes: number | null): string {
  if (error?.code === 'record-damaged') return `${status}, DAMAGED`
  return isDiverged(status, trainLoss, classes) && status !== 'diverged' ? `${status}, diverged` : status
}

/** Runs with what each has come to. @param classes of the head that they share */
export function runsTable(runs: readonly RunSummary[], classes: number | null): string {
  const columns = [
    { title: 'run' },
    { title: 'plan' },
    { title: 'seed', align: 'right' },
    { title: 'status' },
    { title: 'epochs', align: 'right' },
    { title: 'best epoch', align: 'right' },
    { title: 'best loss', align: 'right' },
    { title: 'seconds', align: 'right' },
    { title: 'frozen' },
  ] as const
  return textTable(
    columns,
    runs.map(run => [
      run.id,
      plain(run.planTitle),
      String(run.seed),
      standing(run, classes),
      String(run.epochsDone),
      run.bestEpoch === null ? '–' : String(run.bestEpoch),
      fixed(run.bestLoss, 4),
      run.seconds.toFixed(1),
      run.frozenIntact === null ? '' : run.frozenIntact ? 'intact' : 'CHANGED',
    ]),
  )
}
