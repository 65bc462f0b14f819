import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LiveBatch, QueueState, StudyInfo } from '../../shared/contract/index.ts'
import { parseStudy } from '../../shared/study.ts'
import { openRig, TINY, trained, until, withRig, type Rig } from './testing/rig.ts'
import { figures, pool, sumsIn } from '../../shared/score.ts'

describe('a study, from draft to comparison', () => {
  let rig: Rig
  let study: StudyInfo
  const batches: LiveBatch[] = []
  const states: QueueState[] = []

  beforeAll(async () => {
    rig = openRig()
    rig.client.live.onProgress({}, batch => batches.push(batch))
    rig.client.queue.onChange(undefined, state => states.push(state))
    const draft = await rig.client.drafts.save({ name: 'Tiny', content: TINY })
    const [started] = await rig.client.studies.start({ content: draft.content, draftId: draft.id })
    expect(started!.runs).toEqual({ queued: 4 })
    study = await trained(rig)
  })

  afterAll(async () => {
    await rig.close()
    rmSync(rig.home, { recursive: true })
  })

  it('is taken once, its draft with it, and trained to its end', async () => {
    expect(study.runs).toEqual({ finished: 4 })
    expect(await rig.client.studies.list()).toHaveLength(1)
    expect(await rig.client.drafts.list()).toEqual([])
    expect(study).toMatchObject({
      taskId: 'marked-reversal',
      memoryId: 'superposition-stack',
      seeds: 2,
      plans: [
        { id: 'full', title: 'Full training' },
        { id: 'frozen-memory', title: 'Memory frozen' },
      ],
    })
  })

  it('was told of live: every step’s end, every epoch, every freeze, and the end', async () => {
    await until(() => batches.flatMap(({ runs }) => runs).filter(run => run.status === 'finished').length === 4)
    const told = batches.flatMap(({ runs }) => runs).filter(run => run.runId === `${study.id}.frozen-memory.1`)
    const record = await rig.client.runs.get({ runId: `${study.id}.frozen-memory.1` })
    expect(told.flatMap(run => [...run.epochsEnded]).map(epoch => epoch.validationLoss)).toEqual(
      record.epochs.map(({ validation }) => figures(validation).loss),
    )
    expect(told.flatMap(run => [...run.freezes])).toMatchObject([{ epoch: 0, action: 'freeze' }])
    expect(told.at(-1)).toMatchObject({ status: 'finished', epochs: 2, stepsPerEpoch: 4, step: 8 })
    const [curve] = await rig.client.curves.get({ runs: [record.run.id], metric: 'loss', buckets: 1000 })
    expect(told.flatMap(run => [...run.points.steps])).toEqual([...curve!.to])
    expect(told.flatMap(run => [...run.points.loss])).toEqual([...curve!.mean])
    expect(states.some(({ running }) => running.length > 0)).toBe(true)
    await until(() => states.at(-1)!.running.length === 0)
    expect(states.at(-1)).toMatchObject({ state: 'open', waitingCount: 0, stoppedCount: 0 })
  })

  it('has rows with the figures of its comparison', async () => {
    const { rows, total } = await rig.client.runs.list({ search: 'plan:full', sort: [{ by: 'seed' }] })
    expect(total).toBe(2)
    const comparison = await rig.client.comparison.get({ studyId: study.id })
    const full = comparison.plans.find(plan => plan.id === 'full')!
    expect(rows.map(row => row.retention)).toEqual(full.retention!.values.map(({ value }) => value))
    expect(rows.map(row => row.firstAccuracy)).toEqual(full.bins.short!.accuracy!.values.map(({ value }) => value))
    await until(async () =>
      (await rig.client.runs.list({ search: 'plan:full' })).rows.every(row => row.lastDifference !== null),
    )
    const again = await rig.client.runs.list({ search: 'plan:full', sort: [{ by: 'seed' }] })
    again.rows.forEach((row, i) =>
      expect(row.lastDifference).toBeCloseTo(Number(full.bins.long!['cross-entropy-difference']!.values[i]!.value), 12),
    )
  })

  it('has curves over lengths that hold the same figures', async () => {
    const { plans, limits, bins, trainLengths } = await rig.client.comparison.lengths({ studyId: study.id })
    expect({ bins, trainLengths }).toEqual({
      bins: [
        { name: 'short', lengths: [3, 9] },
        { name: 'long', lengths: [11, 17] },
      ],
      trainLengths: [3, 9],
    })
    expect([...limits.lengths]).toEqual([3, 5, 7, 9, 11, 13, 15, 17])
    const { scores } = await rig.client.runs.get({ runId: `${study.id}.full.1` })
    const other = await rig.client.runs.get({ runId: `${study.id}.full.2` })
    const at = (i: number) => (figures(scores.best[i]!).accuracy + figures(other.scores.best[i]!).accuracy) / 2
    plans[0]!.accuracy.forEach((value, i) => expect(value).toBeCloseTo(at(i), 12))
    plans[0]!.accuracyLow.forEach((low, i) => expect(low).toBeLessThanOrEqual(plans[0]!.accuracy[i]!))
    limits.ceilingAccuracy.forEach((ceiling, i) => expect(ceiling).toBeGreaterThan(limits.floorAccuracy[i]!))
  })

  it('has curves of its plans with a band that holds all seeds’ mean', async () => {
    const plans = await rig.client.curves.plans({ studyId: study.id, metric: 'validationLoss', buckets: 100 })
    const runs = await rig.client.curves.get({
      runs: [`${study.id}.full.1`, `${study.id}.full.2`],
      metric: 'validationLoss',
      buckets: 100,
    })
    expect([...plans[0]!.steps]).toEqual([4, 8])
    plans[0]!.mean.forEach((mean, i) => expect(mean).toBeCloseTo((runs[0]!.mean[i]! + runs[1]!.mean[i]!) / 2, 12))
    plans[0]!.low.forEach((low, i) => expect(low).toBe(Math.min(runs[0]!.mean[i]!, runs[1]!.mean[i]!)))
    expect([...plans[0]!.seeds]).toEqual([2, 2])
    expect(runs[0]!.freezes).toEqual([])
  })

  it('can be looked into: what a trace predicts costs what the evaluation says', async () => {
    const runId = `${study.id}.full.1`
    const [worst, best] = await Promise.all(
      (['worst', 'best'] as const).map(which => rig.client.traces.strings({ runId, bin: 'long', which, count: 3 })),
    )
    expect(worst![0]!.loss - worst![0]!.bound).toBeGreaterThan(best![0]!.loss - best![0]!.bound)
    const all = await rig.client.traces.strings({ runId, bin: 'long', which: 'first', count: 100 })
    const { scores } = await rig.client.runs.get({ runId })
    const long = scores.best.filter(score => score.bin === 'long')
    expect(all.reduce((sum, one) => sum + one.loss * (one.length + 1), 0)).toBeCloseTo(sumsIn(pool(long)).nats, 4)
    const string = worst![0]!
    const trace = await rig.client.traces.get({ runId, string: { text: string.text } })
    expect([...trace.symbols]).toEqual(string.symbols)
    expect(trace.inLanguage).toBe(true)
    expect(trace.nats.reduce((a, b) => a + b, 0) / (string.length + 1)).toBeCloseTo(string.loss, 4)
    const cells = trace.tensors.find(({ name }) => name === 'memory.cells')!
    expect(cells.shape[0]).toBe(string.length + 1)
    expect(cells.rows).toBe(cells.shape[1])
    const cut = (await rig.client.traces.get({ runId, string: { symbols: string.symbols }, depth: 2 })).tensors.find(
      ({ name }) => name === 'memory.cells',
    )!
    expect([cut.shape, cut.rows]).toEqual([[string.length + 1, 2, 2], cells.rows])
    const third = (tensor: typeof cut, row: number) => tensor.data[(3 * tensor.shape[1]! + row) * 2]
    expect([third(cut, 0), third(cut, 1)]).toEqual([third(cells, 0), third(cells, 1)])
    const short = (await rig.client.traces.get({ runId, string: { symbols: string.symbols }, cells: 'lengths' }))
      .tensors
    expect(short.find(({ name }) => name === 'memory.cells')).toEqual({ ...cells, data: new Float32Array() })
    expect(short.find(({ name }) => name === 'memory.reading')).toMatchObject({
      lengths: null,
      data: trace.tensors.find(({ name }) => name === 'memory.reading')!.data,
    })
    for (let i = 0; i < cells.lengths!.length; i++)
      expect(cells.lengths![i]).toBeCloseTo(Math.hypot(cells.data[2 * i]!, cells.data[2 * i + 1]!), 5)
    const optimal = (await rig.client.traces.optimal({ runId, string: { symbols: string.symbols } }))!
    expect(optimal.lengths).toEqual([11, 13, 15, 17])
    expect(optimal.nats.reduce((a, b) => a + b, 0)).toBeCloseTo(string.bound * (string.length + 1) + Math.log(4), 4)
  })

  it('shows the memory of the weights of any epoch that was kept', async () => {
    const runId = `${study.id}.frozen-memory.1`,
      string = { text: '0 1 1 # 1 1 0' }
    const kept = (await rig.client.runs.get({ runId })).snapshots.map(({ epoch }) => epoch)
    expect(kept).toEqual([0, 1, 2])
    const [first, second, third, last] = await Promise.all([
      ...kept.map(epoch => rig.client.traces.get({ runId, weights: { epoch }, string })),
      rig.client.traces.get({ runId, weights: 'last', string }),
    ])
    expect([first!.epoch, second!.epoch, third!.epoch, last!.epoch]).toEqual([0, 1, 2, 2])
    expect(third!.probabilities).toEqual(last!.probabilities)
    expect(first!.probabilities).not.toEqual(second!.probabilities)
    expect(await rig.client.traces.get({ runId, weights: { epoch: 0 }, string })).toEqual(first)
    expect(first!.stack).toEqual({
      kind: 'superposition',
      actions: 'memory.actions',
      cells: 'memory.cells',
      widths: [2],
    })
    await expect(rig.client.traces.get({ runId, weights: { epoch: 7 }, string })).rejects.toMatchObject({
      code: 'no-checkpoint',
    })
  })

  it('has an ideal stack to be held against, and a fidelity to it that does not depend on when it is asked', async () => {
    const runId = `${study.id}.full.1`,
      string = { text: '0 1 1 # 1 1 0' }
    const { note, ideal } = await rig.client.traces.ideal({ runId, string, depth: 2 })
    expect(note).toContain('Pushes')
    expect(ideal).toMatchObject({ symbols: ['0', '1'], certain: true, rows: 2 })
    expect([...ideal!.depth]).toEqual([0, 1, 2, 3, 3, 2, 1, 0])
    // After 0 1: 1 on top of 0.
    expect([...ideal!.content.subarray(2 * 4, 3 * 4)]).toEqual([0, 1, 1, 0])
    expect(Array.from({ length: 8 }, (_, t) => [...ideal!.moves.subarray(3 * t, 3 * t + 3)].join(''))).toEqual([
      '000',
      '100',
      '100',
      '100',
      '001',
      '010',
      '010',
      '010',
    ])
    const [one, two] = [
      await rig.client.traces.fidelity({ runId, string }),
      await rig.client.traces.fidelity({ runId, string }),
    ]
    expect(one).toEqual(two)
    expect(one!.score).toBeGreaterThanOrEqual(0)
    expect(one!.score).toBeLessThanOrEqual(1)
    expect([one!.tops.length, one!.tops.at(-1), one!.longest]).toEqual([8, -1, 7])
    expect(await rig.client.traces.automaton({ runId, string })).toBeNull()
  })

  it('has a record that says whether what was frozen stayed so', async () => {
    const frozen = await rig.client.runs.get({ runId: `${study.id}.frozen-memory.2` })
    expect(frozen).toMatchObject({ sealed: true, row: { planId: 'frozen-memory' }, plan: { id: 'frozen-memory' } })
    expect(frozen.attempts).toMatchObject([{ outcome: 'finished', environment: { device: { id: 'wasm' } } }])
    expect((await rig.client.runs.get({ runId: `${study.id}.full.2` })).sealed).toBeNull()
  })

  it('can be taken elsewhere as a bundle, and is the same there', async () => {
    await rig.client.runs.describe({
      runs: [`${study.id}.full.1`],
      note: 'keep',
      was: '',
      addTags: ['paper'],
      starred: true,
    })
    const bundle = await rig.client.studies.exportBundle({ studyId: study.id })
    expect(bundle.name).toBe('Tiny.permafrost')
    await withRig(async elsewhere => {
      const {
        studies: [copy],
      } = await elsewhere.client.studies.importFiles({ files: [{ name: bundle.name, bytes: bundle.bytes }] })
      expect(copy!.runs).toEqual({ finished: 4 })
      expect(copy!.createdAt).toBe(study.createdAt)
      for (const [plan, seed] of [
        ['full', 1],
        ['frozen-memory', 2],
      ]) {
        const [here, there] = await Promise.all([
          rig.client.runs.get({ runId: `${study.id}.${plan}.${seed}` }),
          elsewhere.client.runs.get({ runId: `${copy!.id}.${plan}.${seed}` }),
        ])
        for (const part of ['epochs', 'freezes', 'scores', 'parameters', 'plan'] as const)
          expect(there[part]).toEqual(here[part])
        expect([there.attempts, there.checkpoints, there.snapshots]).toEqual([
          here.attempts,
          here.checkpoints,
          here.snapshots,
        ])
        for (const time of ['queuedAt', 'startedAt', 'endedAt', 'seconds'] as const)
          expect([time, there.run[time]]).toEqual([time, here.run[time]])
        expect(there.snapshots.map(({ epoch }) => epoch)).toEqual([0, 1, 2])
        expect(elsewhere.lab.history.snapshots.read(there.run.id, 1)!.content).toEqual(
          rig.lab.history.snapshots.read(here.run.id, 1)!.content,
        )
        expect([there.run.bestLoss, there.run.note, there.run.tags, there.run.starred]).toEqual([
          here.run.bestLoss,
          here.run.note,
          here.run.tags,
          here.run.starred,
        ])
        expect(elsewhere.lab.history.metrics.series(there.run.id)).toEqual(rig.lab.history.metrics.series(here.run.id))
      }
      const [one, two] = await Promise.all([
        rig.client.comparison.get({ studyId: study.id }),
        elsewhere.client.comparison.get({ studyId: copy!.id }),
      ])
      expect(JSON.stringify(two).replaceAll(/"(stepsPerSecond|speedup)":\{.*?\}\}/g, '')).toBe(
        JSON.stringify(one).replaceAll(/"(stepsPerSecond|speedup)":\{.*?\}\}/g, ''),
      )
    })
  })

  it('is seen elsewhere once all of it is there, and not before', async () => {
    const bundle = await rig.client.studies.exportBundle({ studyId: study.id })
    await withRig(async elsewhere => {
      const seen: string[] = []
      const look = async (): Promise<void> => {
        const [studies, { rows }] = await Promise.all([
          elsewhere.client.studies.list(),
          elsewhere.client.runs.list({ archived: true }),
        ])
        seen.push(
          `${studies.map(({ runs }) => JSON.stringify(runs)).join()} ${rows.map(({ status }) => status).join()}`,
        )
      }
      let over = false
      const taken = elsewhere.client.studies
        .importFiles({
          files: [
            { name: bundle.name, bytes: bundle.bytes },
            { name: 'again.permafrost', bytes: bundle.bytes },
          ],
        })
        .finally(() => {
          over = true
        })
      while (!over) {
        await look()
        await new Promise(resolve => {
          setImmediate(resolve)
        })
      }
      expect((await taken).studies.map(({ runs }) => runs)).toEqual([{ finished: 4 }])
      await look()
      const [before, after] = [' ', `{"finished":4} ${Array.from({ length: 4 }, () => 'finished').join()}`]
      expect([...new Set(seen)]).toEqual([before, after])
      expect(seen.length).toBeGreaterThan(3)
    })
  })

  it('does not stay by half where the app was killed while it was taken in', () =>
    withRig(async elsewhere => {
      const { id } = elsewhere.lab.history.studies.add(parseStudy(TINY))
      await elsewhere.client.drafts.save({ name: 'Tiny', content: TINY })
      await elsewhere.close()
      writeFileSync(join(elsewhere.home, 'app', 'arriving.json'), JSON.stringify([id, 'not-there']))
      const again = openRig(elsewhere.home)
      expect([
        await again.client.studies.list(),
        readFileSync(join(elsewhere.home, 'app', 'arriving.json'), 'utf8').trim(),
      ]).toEqual([[], '[]'])
      await again.close()
    }))

  it('stands beside other studies with the figures of its comparison', async () => {
    const comparison = await rig.client.comparison.get({ studyId: study.id })
    const across = await rig.client.comparison.across({ studies: [study.id], plans: ['frozen-memory'] })
    expect(across).toMatchObject({
      measure: 'accuracy',
      end: 'longest',
      reference: 'full',
      rows: [{ studyId: study.id, taskTitle: study.taskTitle, memoryId: 'superposition-stack', bin: 'long' }],
      differences: [],
      leftOut: [],
    })
    for (const plan of comparison.plans)
      expect(across.rows[0]!.cells[plan.id]!.summary).toEqual(plan.bins.long!.accuracy)
    // Of two plans that do not beat guessing none is better.
    expect(across.rows[0]!.cells['frozen-memory']!.standing).toBe('floor')
    expect(across.overall).toEqual([])
    const difference = across.rows[0]!.cells['frozen-memory']!.difference!
    const [full, frozen] = comparison.plans.map(plan =>
      plan.bins.long!.accuracy!.values.map(({ value }) => Number(value)),
    )
    expect(difference.mean).toBeCloseTo(frozen!.reduce((sum, value, i) => sum + value - full![i]!, 0) / 2, 12)
    const text = async (format: 'csv' | 'json' | 'latex' | 'markdown') =>
      new TextDecoder().decode(
        (await rig.client.comparison.exportAcross({ studies: [study.id], plans: ['frozen-memory'], format })).bytes,
      )
    expect(JSON.parse(await text('json'))).toEqual(JSON.parse(JSON.stringify(across)))
    expect((await text('csv')).trim().split('\r\n')).toHaveLength(5)
    expect(await text('latex')).toContain('\\toprule')
    expect(await text('markdown')).toContain(study.name)
    await expect(rig.client.comparison.across({ studies: ['nope'] })).rejects.toMatchObject({ code: 'unknown-study' })
  })

  it('gives away chosen runs of any studies, a bundle a study', async () => {
    const files = await rig.client.studies.exportRuns({ runs: [`${study.id}.full.2`, `${study.id}.frozen-memory.1`] })
    expect(files.map(({ name }) => name)).toEqual(['Tiny.permafrost'])
    await withRig(async elsewhere => {
      const {
        studies: [copy],
      } = await elsewhere.client.studies.importFiles({ files: files.map(({ name, bytes }) => ({ name, bytes })) })
      expect(copy!.runs).toEqual({ finished: 2 })
      expect(copy!.note).toMatch(/Imported from Tiny.permafrost; 2 of its 4 runs are not in the bundle\.$/)
      // The same once more changes nothing; all of it fills in what is missing.
      const whole = await rig.client.studies.exportBundle({ studyId: study.id })
      for (const { file, finished } of [
        { file: files[0]!, finished: 2 },
        { file: whole, finished: 4 },
      ]) {
        const { studies } = await elsewhere.client.studies.importFiles({
          files: [{ name: file.name, bytes: file.bytes }],
        })
        expect(studies.map(({ id, runs }) => [id, runs])).toEqual([[copy!.id, { finished }]])
      }
      expect(await elsewhere.client.studies.list()).toHaveLength(1)
      const [again] = await elsewhere.client.studies.start({ content: { ...TINY, seeds: [5] } })
      const both = await elsewhere.client.studies.exportRuns({ runs: [`${copy!.id}.full.2`, `${again!.id}.full.5`] })
      expect(both.map(({ name }) => name)).toEqual(['Tiny.permafrost', `Tiny-${again!.id}.permafrost`])
    })
    await expect(rig.client.studies.exportRuns({ runs: ['nope'] })).rejects.toMatchObject({ code: 'unknown-run' })
  })

  it('exports its files with their names, kinds and content', async () => {
    const file = await rig.client.studies.exportFile({ studyId: study.id })
    expect([file.name, file.type]).toEqual(['Tiny.json', 'application/json;charset=utf-8'])
    expect(JSON.parse(new TextDecoder().decode(file.bytes))).toMatchObject({ name: 'Tiny', seeds: [1, 2] })
    expect((await rig.client.studies.exportTables({ studyId: study.id })).map(({ name }) => name)).toEqual([
      'study.json',
      'runs.csv',
      'epochs.csv',
      'scores.csv',
      'bins.csv',
      'freezes.csv',
    ])
    const text = async (format: 'csv' | 'latex' | 'markdown' | 'json' | 'values-csv') =>
      new TextDecoder().decode((await rig.client.comparison.export({ studyId: study.id, format })).bytes)
    expect(await text('latex')).toContain('\\toprule')
    expect(await text('markdown')).toMatch(/^# Tiny/)
    expect(JSON.parse(await text('json'))).toEqual(
      JSON.parse(JSON.stringify(await rig.client.comparison.get({ studyId: study.id }))),
    )
    expect((await text('values-csv')).split('\r\n')[0]).toBe('study,weights,plan,seed,bin,measure,value')
    const table = await rig.client.runs.exportTable({
      query: { search: 'seed:1', sort: [{ by: 'plan' }] },
      columns: ['plan', 'seed', 'bestLoss'],
      format: 'csv',
    })
    const [head, first] = new TextDecoder().decode(table.bytes).split('\n')
    expect(head).toBe('run,plan,seed,bestLoss')
    expect(first).toBe(
      `${study.id}.full.1,Full training,1,${(await rig.client.runs.get({ runId: `${study.id}.full.1` })).run.bestLoss}`,
    )
  })

  it('fails by name for what is not there', async () => {
    await expect(rig.client.studies.get({ studyId: 'nope' })).rejects.toMatchObject({ code: 'unknown-study' })
    await expect(rig.client.runs.get({ runId: 'nope' })).rejects.toMatchObject({ code: 'unknown-run' })
    await expect(rig.client.curves.get({ runs: ['nope'], metric: 'trainLoss', buckets: 10 })).rejects.toMatchObject({
      code: 'unknown-run',
    })
    await expect(rig.client.traces.get({ runId: `${study.id}.full.1`, string: { text: '0x1' } })).rejects.toMatchObject(
      { code: 'bad-input', field: 'string.text' },
    )
    await expect(rig.client.traces.get({ runId: `${study.id}.full.1`, string: { length: 4 } })).rejects.toMatchObject({
      code: 'bad-input',
      field: 'string.length',
    })
    await expect(rig.client.traces.strings({ runId: `${study.id}.full.1`, bin: 'wide' })).rejects.toMatchObject({
      code: 'bad-input',
      field: 'bin',
    })
    await expect(rig.client.comparison.get({ studyId: study.id, reference: 'nope' })).rejects.toMatchObject({
      code: 'bad-input',
      field: 'reference',
    })
    await expect(rig.client.runs.list({ search: 'plam:x' })).rejects.toMatchObject({ code: 'bad-search' })
  })
})
