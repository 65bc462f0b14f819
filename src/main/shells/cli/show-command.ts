import { parameterCounts } from '../../../engine/model.ts'
import { InputError } from '../../../shared/errors.ts'
import type { RunRecord, RunSummary, Study } from '../../../shared/records.ts'
import type { Drawn, StudySpec } from '../../../shared/study.ts'
import { isTextTask } from '../../../shared/text-study.ts'
import type { Lab } from '../../compose.ts'
import { modelOf } from '../../services/check-study.ts'
import { classesIn, fullRunBeside, placeOf, speedOf } from '../../services/comparisons.ts'
import { lookingAt, type Cli, type PlaceFlags } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { findRunOrStudy } from './find.ts'
import { runsTable } from './list-command.ts'
import { runText } from './run-text.ts'
import { jsonText } from './terminal.ts'
import { facts } from './text-table.ts'
import { integer, moment, picked, plain } from './words.ts'

/** Prints all that the history knows of a run, or of a study. @returns the exit code */
export function show(cli: Cli, name: string | undefined, flags: PlaceFlags & { json?: boolean }): Promise<number> {
  const { out } = cli.terminal
  return lookingAt(cli, flags, async lab => {
    if (lab === null) throw new InputError('RUN or STUDY', name, 'nothing yet: there is no history here')
    const found = findRunOrStudy(lab.history, name)
    if ('run' in found) {
      const record = await wholeRun(lab, found.run)
      out.write(flags.json ? `${jsonText(record, 2)}\n` : runText(record))
    } else {
      const runs = lab.history.runs.list({ studies: [found.study.id], archived: 'any' })
      out.write(
        flags.json
          ? `${jsonText({ study: found.study, parameterCounts: parameterCounts(modelOf(found.study.spec)), runs }, 2)}\n`
          : studyText(found.study, runs, classesIn(lab.history, runs)),
      )
    }
    return EXIT.ok
  })
}

/** `timesFull`: speed over that of full training with the same seed; null where one of the two is not known, or they were not trained in one place. */
export interface WholeRun extends RunRecord {
  readonly parameterCounts: Readonly<Record<string, number>>
  readonly stepsPerSecond: number | null
  readonly timesFull: number | null
}

async function wholeRun({ history }: Lab, run: RunSummary): Promise<WholeRun> {
  const record = history.runRecord(run.id)
  const full = fullRunBeside(history, run)
  const own = speedOf(record.epochs)
  const beside = full && full.id !== run.id && placeOf(history, full) === placeOf(history, run) ? full : null
  const theirs = beside ? speedOf(history.epochs.list(beside.id)) : null
  return {
    ...record,
    parameterCounts: parameterCounts(modelOf(record.study.spec)),
    stepsPerSecond: own,
    timesFull: own !== null && theirs !== null ? own / theirs : null,
  }
}

function studyText(study: Study, runs: readonly RunSummary[], classes: number | null): string {
  const { spec } = study
  const counts = Object.entries(parameterCounts(modelOf(spec)))
  const { train, validation } = spec.data
  const { optimizer, learningRate, clipNorm } = spec.training
  return [
    `Study ${study.id}: ${plain(study.name)}${study.archived ? ' (archived)' : ''}\n${spec.description ? `${plain(spec.description)}\n` : ''}`,
    facts([
      ['task', picked(spec.task)],
      ['controller', picked(spec.model.controller)],
      ['memory', picked(spec.model.memory)],
      [
        'parameters',
        `${integer(counts.reduce((sum, [, n]) => sum + n, 0))}: ${counts.map(([component, n]) => `${component} ${integer(n)}`).join(', ')}`,
      ],
      ['plans', spec.plans.map(({ id, title }) => (title ? `${id} (${plain(title)})` : id)).join(', ')],
      ['seeds', spec.seeds.join(', ')],
      ...(isTextTask(spec.task)
        ? textFacts(spec)
        : ([
            [
              'training',
              `${integer(train.strings)} strings of ${train.lengths.join('–')} symbols, batches of ${spec.training.batch}, at most ${spec.training.epochs} epochs`,
            ],
            ['validation', `${integer(validation.strings)} strings of ${validation.lengths.join('–')} symbols`],
            [
              'tests',
              spec.evaluation.bins
                .map(
                  ({ name, lengths, perLength }) =>
                    `${plain(name)}: ${lengths.join('–')} symbols, ${perLength} strings a length`,
                )
                .join('; '),
            ],
          ] as [string, string][])),
      [
        'optimizer',
        `${picked(optimizer)}, learning rate ${drawnText(learningRate)}, ${clipNorm === null ? 'gradients not clipped' : `gradients clipped at a norm ${typeof clipNorm === 'number' ? 'of ' : ''}${drawnText(clipNorm)}`}`,
      ],
      ['added', moment(study.createdAt)],
      ...(study.note ? [['note', plain(study.note)] as const] : []),
      ['content', `sha256 ${study.hash}`],
    ]),
    runsTable(runs, classes),
  ].join('\n')
}

const drawnText = (value: Drawn): string =>
  typeof value === 'number' ? String(value) : `log-uniform in [${value.logUniform.join(', ')}]`

function textFacts({ training, evaluation }: StudySpec): [string, string][] {
  return [
    [
      'training',
      `${training.batch} streams, ${training.steps} words a step, the state carried on; at most ${training.epochs} epochs`,
    ],
    [
      'tests',
      evaluation.bins
        .map(
          ({ name, lengths, by }) =>
            `${plain(name)}: ${by === 'context' ? `from the last ${lengths.join('–')} words` : `words ${lengths.join('–')} of each stream`}`,
        )
        .join('; '),
    ],
  ]
}
