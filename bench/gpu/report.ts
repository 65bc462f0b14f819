import type { Measured } from '../measure.ts'
import { comparison, languageTitle, milliseconds, table, times, type Machine } from '../report.ts'
import type { Floor } from './floor.ts'
import type { Limits } from './limits.ts'
import type { GpuOptions } from './options.ts'
import { PLAN_IDS } from './plans.ts'
import { floorTime, judge, runsAnHour, stepOf, type GpuResults, type StudyPart } from './results.ts'
import { FORMS, type FormId } from './torch.ts'

const NONE = 'not measured'
const FORM_IDS = Object.keys(FORMS) as FormId[]
const shown = (value: number | undefined, write: (value: number) => string): string =>
  value === undefined ? NONE : write(value)
const quotient = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a / b
const rounded = (value: number): string =>
  value.toPrecision(3).includes('e') ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
const mebi = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
const mega = (operations: number): string => `${(operations / 1e6).toFixed(1)} M`

/** Floor, and how many times longer the step takes. */
function floorCells(floor: Floor, limits: Limits | null, step: number | undefined): string[] {
  const least = limits && floorTime(floor, limits)
  return [
    mebi(floor.bytes),
    mega(floor.operations),
    least ? `${milliseconds(least.milliseconds)} (${least.by})` : NONE,
    shown(quotient(step, least?.milliseconds), times),
  ]
}

/** Runs an hour, each model's and all models'. */
export function studyTable(study: readonly StudyPart[], limits: Limits | null, runSteps: number): string {
  const row = (title: string, parts: readonly StudyPart[]): string[] => {
    const ours = runsAnHour(parts, 'ours', runSteps)
    return [
      title,
      shown(ours, rounded),
      ...FORM_IDS.flatMap(form => {
        const theirs = runsAnHour(parts, form, runSteps)
        return [shown(theirs, rounded), shown(quotient(ours, theirs), times)]
      }),
    ]
  }
  const floors = study.map(part => {
    const step = stepOf(part.measured, 'cohort')
    return [part.model, `${part.runs}`, shown(step, milliseconds), ...floorCells(part.floor, limits, step)]
  })
  return [
    table(
      ['runs an hour', 'ours', ...FORM_IDS.flatMap(form => [`PyTorch, ${FORMS[form]}`, 'ours against it'])],
      [...study.map(part => row(part.model, [part])), ...(study.length > 1 ? [row('all', study)] : [])],
    ),
    table(['a step of every run', 'runs', 'ms', 'bytes at least', 'operations', 'floor, ms', 'gap'], floors),
  ].join('\n\n')
}

export function singleTable(study: readonly StudyPart[]): string {
  return table(
    [
      'one run, everything trained',
      'ours, ms a step',
      ...FORM_IDS.flatMap(form => [`PyTorch, ${FORMS[form]}`, 'against ours']),
    ],
    study.map(({ model, measured }) => {
      const ours = stepOf(measured, 'single')
      return [
        model,
        shown(ours, milliseconds),
        ...FORM_IDS.flatMap(form => {
          const theirs = stepOf(measured, `${form} ${PLAN_IDS[0]!}`)
          return [shown(theirs, milliseconds), shown(quotient(theirs, ours), times)]
        }),
      ]
    }),
  )
}

export function languageTable(
  { language, limits }: GpuResults,
  isSingle = (one: Measured): boolean => one.id !== 'cohort',
): string {
  if (!language) return ''
  const together = stepOf(language.measured, 'cohort')
  return [
    comparison(language.measured.filter(isSingle)),
    table(
      ['a step', 'ms', 'bytes at least', 'operations', 'floor, ms', 'gap'],
      [
        [
          'of one run',
          shown(stepOf(language.measured, 'single'), milliseconds),
          ...floorCells(language.floor, limits, stepOf(language.measured, 'single')),
        ],
        [
          `of one of ${language.runs} runs in a cohort`,
          shown(quotient(together, language.runs), milliseconds),
          ...floorCells(language.floor, limits, quotient(together, language.runs)),
        ],
      ],
    ),
  ].join('\n\n')
}

export interface Where {
  readonly gpu: string
  readonly host: Machine
  readonly command: string
  readonly notes: readonly string[]
}

export function gpuMarkdown(
  results: GpuResults,
  { isSmall, runSteps, sizes }: GpuOptions,
  { gpu, host, command, notes }: Where,
): string {
  const { limits, study, language } = results
  return (
    [
      '# Benchmark on a GPU',
      ...(isSmall ? ['Tiny sizes, to prove that the benchmark works: these figures say nothing about speed.'] : []),
      `${gpu}; ${host.processor}, ${host.cores} cores, ${host.system}, Node ${host.node}. Made by \`${command}\`. LSTM with 20 units, batch ${sizes.batch.batch}, ${sizes.batch.length} symbols, Adam; a run counts ${runSteps.toLocaleString('en')} training steps, tests not among them. ` +
        `Four plans, ${sizes.seeds} seeds each: on our side a cohort of them all, in PyTorch one run after the other. All of a table took turns; float32 without TF32 everywhere.`,
      '## Goals',
      table(
        ['goal', 'figure', 'met'],
        judge(results, runSteps, isSmall).map(({ title, figure, met }) => [
          title,
          shown(figure, times),
          met === undefined ? '–' : met ? 'yes' : 'no',
        ]),
      ),
      ...(limits
        ? [
            '## Limits',
            `Measured on this GPU by the same interface: ${(limits.bytesPerSecond / 1e9).toFixed(1)} GB/s read and written, ${(limits.operationsPerSecond / 1e12).toFixed(2)} T float32 operations a second. A floor is the longer of bytes and operations of a step at these rates; steps of a string that wait for each other are not in it.`,
          ]
        : []),
      ...(study.length > 0 ? ['## Study', studyTable(study, limits, runSteps), '## One run', singleTable(study)] : []),
      ...(language ? ['## Language model', languageTitle(sizes.language), languageTable(results)] : []),
      ...(notes.length > 0 ? ['## Notes', notes.map(note => `- ${note}`).join('\n')] : []),
    ].join('\n\n') + '\n'
  )
}
