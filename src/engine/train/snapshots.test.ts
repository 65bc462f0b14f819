import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../shared/run-events.ts'
import { parseStudy, type FreezePlan, type StudySpec } from '../../shared/study.ts'
import type { ParameterInfo } from '../parameters.ts'
import { fakeExecutor, fakeParameters } from '../testing/fake-executor.ts'
import { markedCopy } from '../testing/fake-language.ts'
import { weightsIn } from './checkpoint.ts'
import { initialWeights } from './initialise.ts'
import { mostSnapshots, snapshotEpochs } from './snapshots.ts'
import { trainRun } from './train.ts'
import { readWeights, writeWeights } from './weights.ts'

describe('the epochs of which weights are kept', () => {
  it('are all of a short run, and ever fewer of a long one', () => {
    expect(snapshotEpochs(20, 5)).toEqual([0, 1, 2, 3, 4])
    expect(snapshotEpochs(9, 200)).toEqual([0, 1, 3, 7, 14, 28, 54, 104])
    expect(snapshotEpochs(20, 200)).toHaveLength(19)
    expect([snapshotEpochs(0, 9), snapshotEpochs(1, 9), snapshotEpochs(2, 9)]).toEqual([[], [], [0]])
  })

  it('begin with the initial weights, grow, stay below the end, and leave room for it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 1, max: 5000 }), (most, epochs) => {
        const kept = snapshotEpochs(most, epochs)
        expect(kept[0]).toBe(0)
        expect(kept.length).toBeLessThanOrEqual(most - 1)
        expect(kept.every((epoch, i) => i === 0 || epoch > kept[i - 1]!)).toBe(true)
        expect(kept.at(-1)).toBeLessThan(epochs)
        if (epochs < most) expect(kept).toHaveLength(epochs)
      }),
    )
  })
})

describe('how many snapshots are kept', () => {
  const study = (training: object) => parseStudy({ name: 'x', task: { id: 'marked-copy' }, training })
  const weights = (size: number): ParameterInfo[] => [{ shape: [size / 4, 4] } as unknown as ParameterInfo]

  it('is what the study says, otherwise twenty, or what fits into 64 MB', () => {
    expect([
      mostSnapshots(study({ snapshots: 7 }), weights(4e6)),
      mostSnapshots(study({ snapshots: 0 }), weights(8)),
    ]).toEqual([7, 0])
    expect([
      mostSnapshots(study({}), weights(8)),
      mostSnapshots(study({}), weights(2 ** 21)),
      mostSnapshots(study({}), weights(2 ** 28)),
    ]).toEqual([20, 8, 4])
  })
})

describe('the snapshots of a run', () => {
  const studyWith = (training: object = {}): StudySpec =>
    parseStudy({
      name: 'kept',
      task: { id: 'marked-copy' },
      data: { train: { strings: 30, lengths: [3, 9] }, validation: { strings: 8, lengths: [3, 9] } },
      evaluation: { bins: [{ name: 'short', lengths: [3, 5], perLength: 3 }] },
      training: { batch: 4, epochs: 4, learningRate: 0.03, earlyStop: null, ...training },
    })
  async function play({
    study = studyWith(),
    plan = study.plans[0]!,
  }: { study?: StudySpec; plan?: FreezePlan } = {}): Promise<RunEvent[]> {
    const events: RunEvent[] = []
    for await (const event of trainRun({
      study,
      plan,
      seed: 1,
      executor: fakeExecutor(),
      language: markedCopy,
      now: () => 0,
    }))
      events.push(event)
    return events
  }
  type Kept = Extract<RunEvent, { kind: 'snapshot' }>
  const keptIn = (events: RunEvent[]): Kept[] => events.filter(event => event.kind === 'snapshot')
  const weightsOf = ({ bytes }: { bytes: Uint8Array }) => weightsIn(bytes, fakeParameters())

  it('are of the initial weights, of those after each epoch kept, and of the last', async () => {
    const events = await play()
    const kept = keptIn(events)
    expect(kept.map(({ epoch, step }) => [epoch, step])).toEqual([
      [0, 0],
      [1, 8],
      [2, 16],
      [3, 24],
      [4, 32],
    ])
    const start = fakeExecutor()
    writeWeights(start, initialWeights(fakeParameters(), 1))
    expect(weightsOf(kept[0]!)).toEqual(readWeights(start))
    const lasts = events.filter(event => event.kind === 'checkpoint' && event.which === 'last')
    expect(kept.slice(1).map(weightsOf)).toEqual(lasts.map(event => weightsOf(event as { bytes: Uint8Array })))
  })

  it('are made where something is frozen or released too, before any step of that epoch', async () => {
    const plan: FreezePlan = { id: 'span', freeze: [{ what: 'memory', from: { epoch: 2 }, until: { epochs: 1 } }] }
    const events = await play({ study: studyWith({ snapshots: 1 }), plan })
    expect(keptIn(events).map(({ epoch, step }) => [epoch, step])).toEqual([
      [2, 16],
      [3, 24],
      [4, 32],
    ])
    const before = (from: RunEvent): RunEvent => events[events.indexOf(from) - 1]!
    expect(
      keptIn(events)
        .slice(0, 2)
        .map(event => before(event)),
    ).toMatchObject([
      { kind: 'freeze', action: 'freeze' },
      { kind: 'freeze', action: 'release' },
    ])
  })

  it('are not made where none are wanted, and change nothing else', async () => {
    const [none, some] = [await play({ study: studyWith({ snapshots: 0 }) }), await play()]
    expect(keptIn(none)).toEqual([])
    expect(none).toEqual(some.filter(({ kind }) => kind !== 'snapshot'))
  })
})
