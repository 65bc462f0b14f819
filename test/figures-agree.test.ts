import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chance } from '../src/engine/chance.ts'
import type { Analysis } from '../src/main/analysis/analysis.ts'
import { curvesService } from '../src/main/app/curves.ts'
import { RunIndex } from '../src/main/app/run-index.ts'
import { openHistory, type History } from '../src/main/history/history.ts'
import { ENVIRONMENT, epoch, start } from '../src/main/history/testing/events.ts'
import { compare } from '../src/main/services/compare.ts'
import { allSeeds, comparisonCsv, comparisonValuesCsv } from '../src/main/services/comparison/csv.ts'
import type { LengthLimit } from '../src/main/services/comparison/input.ts'
import { comparisonLatex } from '../src/main/services/comparison/latex.ts'
import { comparisonMarkdown } from '../src/main/services/comparison/markdown.ts'
import { comparedRuns } from '../src/main/services/comparisons.ts'
import { exportRun, exportStudy } from '../src/main/services/export.ts'
import { renderComparison } from '../src/main/shells/cli/comparison-table.ts'
import { validationText } from '../src/main/shells/cli/progress.ts'
import { runText } from '../src/main/shells/cli/run-text.ts'
import { binRows } from '../src/renderer/pages/history/record.ts'
import { short } from '../src/renderer/lib/numbers.ts'
import type { Comparison } from '../src/shared/comparison.ts'
import { MEASURES, type Measure } from '../src/shared/measures.ts'
import type { RunRow } from '../src/shared/contract/index.ts'
import type { RunEvent } from '../src/shared/run-events.ts'
import { scored, type Sums } from '../src/shared/score.ts'
import { parseStudy } from '../src/shared/study.ts'

/** One run and bin has one accuracy, one loss, one distance to the bound, wherever it is shown. */

const STUDIES = 200
const BINS = [
  { name: 'short', lengths: [40, 60] as [number, number], valid: 7, tested: [42, 51] },
  { name: 'long', lengths: [90, 120] as [number, number], valid: 11, tested: [90, 105, 120] },
]

interface Planted {
  readonly status: 'finished' | 'stopped-early' | 'diverged'
  /** By bin, sums at each length; null: it diverged before it could be scored. */
  readonly sums: Readonly<Record<string, readonly Sums[]>> | null
  readonly validation: Sums
}

/** Worked out here anew, from what was planted. */
interface Expected {
  readonly accuracy: number
  readonly loss: number
  readonly above: number
}

function expectedOf(sums: readonly Sums[]): Expected {
  const total = (key: keyof Sums): number => sums.reduce((sum, own) => sum + own[key], 0)
  const loss = Number.isNaN(total('nats')) ? Infinity : total('nats') / total('symbols')
  return {
    accuracy: total('correct') / total('symbols'),
    loss,
    above: loss - (total('boundNats') + total('lengthNats')) / total('symbols'),
  }
}

const source = chance(7)
const around = (low: number, high: number): number => low + (high - low) * source.uniform()

/** @param kind how its loss is at the longest length */
function sumsAt(length: number, valid: number, loss: number): Sums {
  const symbols = 10 * (length + 1)
  return {
    strings: 10,
    symbols,
    nats: loss * symbols,
    correct: source.integer(symbols + 1),
    boundNats: 10 * around(0, 30),
    lengthNats: 10 * Math.log(valid),
  }
}

function plantRun(exact: boolean): Planted {
  const fate = source.integer(8)
  const status = fate < 6 ? 'finished' : fate < 7 ? 'stopped-early' : 'diverged'
  const lossAt = (): number => {
    const odd = source.integer(30)
    return odd === 0 ? Infinity : odd === 1 ? NaN : around(0.01, 2)
  }
  const sums = Object.fromEntries(
    BINS.map(({ name, valid, tested }) => [
      name,
      tested.map(length => {
        const own = sumsAt(length, valid, lossAt())
        return exact ? { ...own, nats: own.boundNats + own.lengthNats } : own
      }),
    ]),
  )
  const validation = sumsAt(50, 5, around(0.01, 2))
  return {
    status: exact ? 'finished' : status,
    sums: status === 'diverged' && !exact && source.integer(2) === 0 ? null : sums,
    validation: exact ? { ...validation, nats: validation.boundNats + validation.lengthNats } : validation,
  }
}

function eventsOf({ status, sums, validation }: Planted): RunEvent[] {
  return [
    start({ epochs: 1 }),
    epoch(0, { validation: scored(validation) }),
    ...(sums
      ? [
          {
            kind: 'evaluation' as const,
            which: 'best' as const,
            scores: BINS.flatMap(({ name, tested }) =>
              tested.map((length, i) => ({ bin: name, length, ...scored(sums[name]![i]!) })),
            ),
          },
        ]
      : []),
    { kind: 'done', reason: status, epochs: 1, bestEpoch: 0 },
  ]
}

const specOf = (name: string, seeds: number) =>
  parseStudy({
    name,
    task: { id: 'count-3' },
    plans: ['full', 'frozen-memory', 'frozen-controller'].slice(0, 2 + source.integer(2)),
    seeds,
    data: { train: { lengths: [40, 60] } },
    evaluation: { bins: BINS.map(({ name: bin, lengths }) => ({ name: bin, lengths, perLength: 10 })) },
  })

const LIMITS: readonly LengthLimit[] = BINS.flatMap(({ name, tested }) =>
  tested.map(length => ({ bin: name, length, floorAccuracy: 0.2, ceilingAccuracy: 0.95, boundNats: null })),
)

let home: string
let history: History
let index: RunIndex
const planted = new Map<string, Planted>()
const comparisons = new Map<string, Comparison>()

function addStudy(name: string, exact: boolean): void {
  const study = history.studies.add(specOf(name, 1 + source.integer(4)))
  for (const { id } of history.runs.list({ studies: [study.id] })) {
    // Some seeds are missing.
    if (!exact && source.integer(8) === 0) continue
    const run = plantRun(exact)
    planted.set(id, run)
    history.runs.claim(id, { environment: ENVIRONMENT })
    history.recordAll(eventsOf(run).map(event => ({ runId: id, event })))
  }
  const input = { spec: study.spec, runs: comparedRuns(history, study.id), limits: LIMITS }
  comparisons.set(study.id, compare(input, { resamples: 20 }))
}

beforeAll(() => {
  home = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'permafrost-agree-'))
  history = openHistory({ home })
  index = new RunIndex({ history, isHidden: () => false })
  for (let i = 0; i < STUDIES; i++) addStudy(`Study ${i}`, false)
  addStudy('Exact', true)
}, 120_000)

afterAll(() => {
  history.close()
  rmSync(home, { recursive: true, force: true })
})

const curves = () => curvesService({ history, index, analysis: {} as Analysis })

/** Rows of a CSV file without quoted fields, by column. */
function rowsOf(csv: string): Record<string, string>[] {
  const [head, ...lines] = csv.trim().split(/\r?\n/)
  const columns = head!.split(',')
  return lines.map(line => Object.fromEntries(line.split(',').map((field, i) => [columns[i]!, field])))
}

/** As tables write what is no finite number, one way or the other. */
const numberIn = (field: string): number =>
  field === 'inf' ? Infinity : field === '-inf' ? -Infinity : field === '' ? NaN : Number(field)

const values = (comparison: Comparison, run: RunRow, bin: string, measure: Measure): unknown =>
  comparison.plans
    .find(plan => plan.id === run.planId)!
    .bins[bin]?.[measure]?.values.find(({ seed }) => seed === run.seed)?.value

describe('over random studies', () => {
  it('the table of runs, the record beside it and the comparison have the same figures', () => {
    for (const row of index.rows()) {
      const run = planted.get(row.id)
      if (!run?.sums) {
        expect([row.firstAccuracy, row.lastDifference]).toEqual([null, null])
        continue
      }
      const [short_, long] = BINS.map(({ name }) => expectedOf(run.sums![name]!))
      expect(row.firstAccuracy).toBeCloseTo(short_!.accuracy, 12)
      expect(row.lastAccuracy).toBeCloseTo(long!.accuracy, 12)
      expect(short(row.lastDifference)).toBe(short(long!.above))
      const record = binRows(history.evaluations.byLength(row.id, 'best'))
      expect(record.map(({ bin }) => bin)).toEqual(['short', 'long'])
      expect([record[0]!.accuracy, record[1]!.accuracy, record[1]!.above]).toEqual([
        row.firstAccuracy,
        row.lastAccuracy,
        row.lastDifference,
      ])
      const comparison = comparisons.get(row.studyId)!
      BINS.forEach(({ name }, i) => {
        const expected = [short_!, long!][i]!
        // What diverged is no value: the comparison says so.
        if (run.status === 'diverged' || !Number.isFinite(expected.loss)) return
        expect(values(comparison, row, name, 'accuracy')).toBe(record[i]!.accuracy)
        expect(values(comparison, row, name, 'cross-entropy-difference')).toBe(record[i]!.above)
        expect(values(comparison, row, name, 'perplexity')).toBe(record[i]!.perplexity)
        expect(short(record[i]!.perplexity)).toBe(short(Math.exp(expected.loss)))
      })
      const retention = comparison.plans
        .find(plan => plan.id === row.planId)!
        .retention?.values.find(({ seed }) => seed === row.seed)
      if (run.status !== 'diverged' && retention) expect(retention.value).toBe(row.retention)
    }
  })

  it('tables that are exported have them to the last digit', () => {
    for (const study of history.studies.list().slice(0, 40)) {
      const runs = history.runs.list({ studies: [study.id] }).filter(({ id }) => planted.get(id)?.sums)
      const files = exportStudy(
        study,
        runs.map(({ id }) => history.runRecord(id)),
      )
      const rows = rowsOf(files['bins.csv']!)
      expect(rows).toHaveLength(2 * runs.length)
      for (const { id } of runs) {
        const record = binRows(history.evaluations.byLength(id, 'best'))
        rows
          .filter(({ run }) => run === id)
          .forEach((row, i) => {
            expect(numberIn(row.accuracy!)).toBe(record[i]!.accuracy)
            if (Number.isFinite(record[i]!.above)) expect(numberIn(row.above_bound!)).toBe(record[i]!.above)
            if (Number.isFinite(record[i]!.perplexity)) expect(numberIn(row.perplexity!)).toBe(record[i]!.perplexity)
          })
      }
    }
  })

  it('a comparison reads back from JSON as it was, and its tables have its figures', () => {
    for (const comparison of comparisons.values()) {
      expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison)
      const told = comparison.plans.flatMap(plan =>
        Object.entries(plan.bins).flatMap(([bin, measures]) =>
          Object.entries(measures).flatMap(([measure, summary]) =>
            allSeeds(summary).map(({ seed, value }) => [plan.id, bin, measure, seed, value] as const),
          ),
        ),
      )
      const rows = rowsOf(comparisonValuesCsv(comparison)).filter(({ bin }) => bin !== '')
      expect(rows.map(({ plan, bin, measure, seed }) => [plan, bin, measure, Number(seed)])).toEqual(
        told.map(([plan, bin, measure, seed]) => [plan, bin, measure, seed]),
      )
      rows.forEach(({ value }, i) => {
        const expected = told[i]![4]
        if (typeof expected === 'number') expect(numberIn(value!)).toBe(expected)
        else expect(Number.isFinite(numberIn(value!))).toBe(false)
      })
      for (const { unit, measure } of rowsOf(comparisonCsv(comparison)))
        expect(unit).toBe(MEASURES[measure as Measure].unit)
    }
  })

  it('terminal, Markdown and LaTeX write the same numbers', () => {
    const numbersIn = (text: string): Set<string> => new Set(text.match(/\d+\.\d+/g))
    const decimals = (text: string): number => text.length - text.indexOf('.') - 1
    for (const comparison of [...comparisons.values()].slice(0, 60)) {
      const means = comparison.plans.flatMap(({ bins }) =>
        Object.values(bins).flatMap(({ accuracy }) => (typeof accuracy?.mean === 'number' ? [accuracy.mean] : [])),
      )
      const texts = [
        renderComparison(comparison, { width: 400 }),
        comparisonMarkdown(comparison),
        comparisonLatex(comparison),
      ].map(numbersIn)
      // How many digits there are is for the width of the interval to say.
      for (const written of texts)
        for (const mean of means)
          expect([...written].some(text => decimals(text) >= 2 && mean.toFixed(decimals(text)) === text)).toBe(true)
      const [terminal, markdown, latex] = texts
      expect([...latex!].filter(number => !markdown!.has(number))).toEqual([])
      expect([...markdown!].filter(number => !terminal!.has(number))).toEqual([])
    }
  })

  it('curves, terminal and files have the same validation figures', () => {
    const runs = [...planted.keys()].slice(0, 300)
    const service = curves()
    const context = { signal: new AbortController().signal }
    const drawn = (metric: 'validationLoss' | 'validationDifference' | 'validationAccuracy') =>
      service.get({ runs, metric, buckets: 10 }, context) as { mean: Float64Array }[]
    const [loss, above, accuracy] = [
      drawn('validationLoss'),
      drawn('validationDifference'),
      drawn('validationAccuracy'),
    ]
    runs.forEach((id, i) => {
      const expected = expectedOf([planted.get(id)!.validation])
      expect(loss[i]!.mean[0]).toBe(expected.loss)
      expect(above[i]!.mean[0]).toBeCloseTo(expected.above, 12)
      expect(accuracy[i]!.mean[0]).toBe(expected.accuracy)
      expect(validationText(scored(planted.get(id)!.validation))).toContain(Math.abs(above[i]!.mean[0]!).toFixed(3))
      const [row] = rowsOf(exportRun(history.runRecord(id))['epochs.csv']!)
      expect(numberIn(row!.validation_above_bound!)).toBe(above[i]!.mean[0])
    })
  })
})

describe('the exact distribution', () => {
  const runs = () => index.rows().filter(({ studyName }) => studyName === 'Exact')

  it('is 0 above the bound in the table, in the record, in curves, in files and in the comparison', async () => {
    expect(runs().length).toBeGreaterThan(1)
    for (const row of runs()) {
      expect(row.lastDifference).toBeCloseTo(0, 9)
      for (const { above } of binRows(history.evaluations.byLength(row.id, 'best'))) expect(above).toBeCloseTo(0, 9)
      const context = { signal: new AbortController().signal }
      const [curve] = await curves().get({ runs: [row.id], metric: 'validationDifference', buckets: 1 }, context)
      expect(curve!.mean[0]).toBeCloseTo(0, 9)
      const record = history.runRecord(row.id)
      for (const file of ['scores.csv', 'epochs.csv'] as const)
        for (const line of rowsOf(exportRun(record)[file]!))
          expect(numberIn(line.above_bound ?? line.validation_above_bound!)).toBeCloseTo(0, 9)
      const comparison = comparisons.get(row.studyId)!
      for (const { name } of BINS) expect(values(comparison, row, name, 'cross-entropy-difference')).toBeCloseTo(0, 9)
    }
  })

  it('is so in the terminal too, length by length and epoch by epoch', () => {
    for (const { id } of runs()) {
      const record = { ...history.runRecord(id), parameterCounts: {}, stepsPerSecond: null, timesFull: null }
      const lines = runText(record).split('\n')
      const scores = lines.filter(line => /^\s*(short|long) /.test(line))
      expect(scores).toHaveLength(BINS.flatMap(({ tested }) => tested).length)
      for (const line of scores) expect(line.trim()).toMatch(/ 0\.0000$/)
      expect(validationText(record.epochs[0]!.validation)).toBe('+0.000 nats above the bound')
    }
  })
})
