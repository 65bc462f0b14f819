import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../shared/errors.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import { openHistory } from '../history/history.ts'
import { ENVIRONMENT, epoch, freeze, progress, score, start } from '../history/testing/events.ts'
import { study, withHome } from '../history/testing/fixtures.ts'
import { csv } from './csv.ts'
import { exportRun, exportStudy } from './export.ts'
import { writeFiles } from './write-files.ts'

/** The two runs of a study: one with a record, one still queued. */
function example() {
  return withHome(home => {
    let time = 1_000_000_000_000
    const history = openHistory({ home, now: () => (time += 1000) })
    const { id: studyId } = history.studies.add(study({ seeds: [5] }))
    const [first, second] = history.runs.list()
    history.runs.claim(first!.id, { environment: ENVIRONMENT })
    const events: RunEvent[] = [
      start(),
      freeze(0),
      progress(1, { loss: 0.1 + 0.2, gradientNorm: {} }),
      progress(2, { loss: NaN }),
      epoch(0),
      { kind: 'evaluation', which: 'best', scores: [score('short', 3), score('short', 5), score('long', 9)] },
      { kind: 'done', reason: 'finished', epochs: 1, bestEpoch: 0 },
    ]
    for (const event of events) history.record(first!.id, event)
    history.runs.describe(first!.id, { note: 'a "good", long\none', tags: ['x', 'y'] })
    const records = [history.runRecord(first!.id), history.runRecord(second!.id)]
    const whole = history.studies.get(studyId)
    history.close()
    return { records, whole }
  })
}

/** Reads CSV back: an independent reader, character by character. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [['']]
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const row = rows.at(-1)!
    const add = (part: string): void => {
      row[row.length - 1] += part
    }
    if (quoted) {
      if (text[i] !== '"') add(text[i]!)
      else if (text[i + 1] === '"') add(text[++i]!)
      else quoted = false
    } else if (text[i] === '"') quoted = true
    else if (text[i] === ',') row.push('')
    else if (text[i] === '\n') rows.push([''])
    else add(text[i]!)
  }
  return rows.slice(0, -1)
}

function table(text: string): Record<string, string>[] {
  const [columns, ...rows] = parseCsv(text)
  return rows.map(row => {
    expect(row.length).toBe(columns!.length)
    return Object.fromEntries(columns!.map((name, i) => [name, row[i]!]))
  })
}

describe('CSV', () => {
  it('brings any text and any number back', () => {
    const texts = ['plain', '', ' a', 'a,b', '"', 'line\nbreak', '=1+1', 'ü €']
    const numbers = [0, -0, 0.1 + 0.2, 1e-320, 1e21, Infinity, NaN, 123456789012345680]
    const back = parseCsv(
      csv(
        ['t', 'n', 'nothing'],
        texts.map((text, i) => [text, numbers[i]!, null]),
      ),
    )
    expect(back.slice(1).map(row => row[0])).toEqual(texts)
    expect(back.slice(1).map(row => Number(row[1]))).toEqual(numbers)
    expect(back.slice(1).every(row => row[2] === '')).toBe(true)
  })

  it('tells an empty text from nothing', () => {
    expect(csv(['a', 'b'], [['', null]])).toBe('a,b\n"",\n')
  })
})

describe('an exported run', () => {
  it('has its points, epochs, scores, freezes and parameters as tables', async () => {
    const {
      records: [record],
    } = await example()
    const files = exportRun(record!)
    expect(Object.keys(files)).toEqual([
      'run.json',
      'points.csv',
      'epochs.csv',
      'scores.csv',
      'freezes.csv',
      'parameters.csv',
    ])
    expect(table(files['points.csv']!)).toEqual([
      {
        step: '1',
        loss: '0.30000000000000004',
        steps_per_second: '100',
        gradient_norm_controller: '',
        gradient_norm_memory: '',
        epoch: '0',
      },
      {
        step: '2',
        loss: 'NaN',
        steps_per_second: '100',
        gradient_norm_controller: String(2 / 3),
        gradient_norm_memory: String(2 / 7),
        epoch: '0',
      },
    ])
    expect(table(files['epochs.csv']!)).toMatchObject([
      {
        epoch: '0',
        step: '10',
        validation_symbols: '60',
        validation_nats: '30',
        validation_nats_per_symbol: '0.5',
        validation_perplexity: String(Math.exp(0.5)),
        best: 'true',
        frozen: 'memory.actions.weights',
        sha256_controller: 'c0',
        sha256_embedding: '',
        update_norm_controller: '0.2',
      },
    ])
    expect(table(files['scores.csv']!).map(row => [row.weights, row.bin, row.length, row.accuracy])).toEqual([
      ['best', 'short', '3', String(3 / 8)],
      ['best', 'short', '5', String(5 / 12)],
      ['best', 'long', '9', String(9 / 20)],
    ])
    expect(table(files['freezes.csv']!)).toEqual([
      {
        before_epoch: '0',
        action: 'freeze',
        parameters: 'memory.actions.weights',
        reason: 'memory: freeze before epoch 0',
      },
    ])
    expect(table(files['parameters.csv']!)[0]).toEqual({
      name: 'controller.recurrent.weights',
      component: 'controller',
      shape: '8×2',
      size: '16',
    })
  })

  it('has everything in its JSON', async () => {
    const {
      records: [record],
    } = await example()
    const back = JSON.parse(exportRun(record!)['run.json']!) as Record<string, unknown>
    expect(back).toMatchObject({
      plan: record!.plan,
      parameters: record!.parameters,
      freezes: record!.freezes,
      epochs: record!.epochs,
      scores: record!.scores,
      run: record!.run,
      series: { loss: { steps: [1, 2], values: [0.30000000000000004, null] } },
    })
  })
})

describe('an exported study', () => {
  it('has a row for every run, also for one that has not begun', async () => {
    const { records, whole } = await example()
    const files = exportStudy(whole, records)
    expect(Object.keys(files)).toEqual([
      'study.json',
      'runs.csv',
      'epochs.csv',
      'scores.csv',
      'bins.csv',
      'freezes.csv',
    ])
    expect(JSON.parse(files['study.json']!)).toEqual(whole)
    const [first, second] = table(files['runs.csv']!)
    expect(first).toMatchObject({
      run: records[0]!.run.id,
      plan: 'full',
      seed: '5',
      status: 'finished',
      best_validation_nats_per_symbol: '0.5',
      frozen_intact: 'true',
      device: 'wasm',
      app_version: '1.2.3',
      tags: 'x y',
      note: 'a "good", long\none',
      parameters_controller: '24',
      parameters_embedding: '0',
    })
    expect(second).toMatchObject({
      plan: 'frozen-memory',
      seed: '5',
      status: 'queued',
      learning_rate: '',
      started_at: '',
      device: '',
      note: '',
    })
    expect(first!.started_at).toMatch(/^2001-09-09T01:4\d:\d\d\.000Z$/)
    expect(table(files['epochs.csv']!).map(row => [row.run, row.epoch])).toEqual([[records[0]!.run.id, '0']])
  })

  it('sums scores by bin', async () => {
    const { records, whole } = await example()
    expect(
      table(exportStudy(whole, records)['bins.csv']!).map(row => [
        row.bin,
        row.shortest,
        row.longest,
        row.strings,
        row.symbols,
        row.correct,
        row.nats,
        row.accuracy,
      ]),
    ).toEqual([
      ['short', '3', '5', '4', '20', '8', '6', '0.4'],
      ['long', '9', '9', '2', '20', '9', '6.75', '0.45'],
    ])
  })
})

describe('writing files', () => {
  it('puts each one whole into the folder and leaves nothing else there', () =>
    withHome(home => {
      const folder = join(home, 'deep', 'down')
      writeFiles(folder, { 'a.csv': 'old' })
      expect(writeFiles(folder, { 'a.csv': 'new', 'b.json': '{}' }, { force: true })).toEqual([
        join(folder, 'a.csv'),
        join(folder, 'b.json'),
      ])
      expect([readdirSync(folder).sort(), readFileSync(join(folder, 'a.csv'), 'utf8')]).toEqual([
        ['a.csv', 'b.json'],
        'new',
      ])
    }))

  it('writes nowhere else', () =>
    withHome(home => {
      expect(() => writeFiles(join(home, 'in'), { 'ok.csv': '', '../out.csv': '' })).toThrow(InputError)
      expect(readdirSync(home)).toEqual([])
    }))

  it('leaves no part of a file that could not be put in its place', () =>
    withHome(home => {
      mkdirSync(join(home, 'a.csv', 'full'), { recursive: true })
      expect(() => writeFiles(home, { 'a.csv': 'text' }, { force: true })).toThrow()
      expect(readdirSync(home)).toEqual(['a.csv'])
    }))
})
