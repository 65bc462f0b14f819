import { describe, expect, it } from 'vitest'
import type { EpochEvent, RunEvent } from '../../shared/run-events.ts'
import { parseStudy, STANDARD_PLANS, type FreezePlan, type StudySpec } from '../../shared/study.ts'
import type { Batch } from '../devices/device.ts'
import { fakeExecutor, fakeParameters, type FakeExecutor } from '../testing/fake-executor.ts'
import { markedCopy } from '../testing/fake-language.ts'
import { arithmeticOf, weightsIn } from './checkpoint.ts'
import { trainRun, type TrainOptions } from './train.ts'
import { componentHashes, hashOf, readWeights } from './weights.ts'
import { figures, sizeOf } from '../../shared/score.ts'

const studyWith = (training: Record<string, unknown> = {}, plans: unknown[] = Object.keys(STANDARD_PLANS)): StudySpec =>
  parseStudy({
    name: 'loop',
    task: { id: 'marked-copy' },
    plans,
    data: { train: { strings: 30, lengths: [3, 9] }, validation: { strings: 8, lengths: [3, 9] } },
    evaluation: {
      bins: [
        { name: 'short', lengths: [3, 5], perLength: 3 },
        { name: 'long', lengths: [11, 13], perLength: 2 },
      ],
    },
    training: { batch: 4, epochs: 4, learningRate: 0.03, earlyStop: null, ...training },
  })

async function play({
  study = studyWith(),
  plan = study.plans[0]!,
  executor = fakeExecutor(),
  seed = 1,
  ...rest
}: Partial<TrainOptions> = {}): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of trainRun({ study, plan, seed, executor, language: markedCopy, now: () => 0, ...rest }))
    events.push(event)
  return events
}

/** Without snapshots, which have tests of their own. */
const kinds = (events: RunEvent[]): string[] =>
  events
    .filter(({ kind }) => kind !== 'snapshot')
    .map(event =>
      event.kind === 'checkpoint' || event.kind === 'evaluation' ? `${event.kind} ${event.which}` : event.kind,
    )
const epochsOf = (events: RunEvent[]): EpochEvent[] => events.filter(event => event.kind === 'epoch')

/** An executor that says which batches it is given. */
function recording(executor: FakeExecutor = fakeExecutor()): FakeExecutor & { batches: Batch[] } {
  const batches: Batch[] = []
  return {
    ...executor,
    batches,
    step(batch, options) {
      batches.push(batch)
      return executor.step(batch, options)
    },
  }
}

describe('the events of a run', () => {
  it('come in order, with a best checkpoint before the last that refers to it', async () => {
    const events = await play({ plan: STANDARD_PLANS['frozen-memory']! })
    expect(kinds(events).slice(0, 2)).toEqual(['start', 'freeze'])
    const perEpoch = epochsOf(events).flatMap(({ best }) =>
      best ? ['epoch', 'checkpoint best', 'checkpoint last'] : ['epoch', 'checkpoint last'],
    )
    expect(kinds(events).slice(2)).toEqual([...perEpoch, 'evaluation last', 'evaluation best', 'done'])
    expect(events[0]).toMatchObject({
      kind: 'start',
      epoch: 0,
      learningRate: 0.03,
      stepsPerEpoch: 8,
      epochs: 4,
      resumed: false,
    })
    expect(events.at(-1)).toEqual({
      kind: 'done',
      reason: 'finished',
      epochs: 4,
      bestEpoch: epochsOf(events).findLast(({ best }) => best)!.epoch,
    })
  })

  it('say of an epoch what happened in it', async () => {
    const executor = recording()
    const losses: { loss: number; batch: Batch; norms: object }[] = []
    const watched = {
      ...executor,
      step(batch: Batch, options: { learningRate: number; clipNorm: number | null }) {
        const result = executor.step(batch, options)
        losses.push({ loss: result.loss, batch, norms: result.componentNorms })
        return result
      },
    }
    const [first, second] = epochsOf(await play({ executor: watched, study: studyWith({ epochs: 2 }) }))
    const own = losses.slice(0, 8)
    const symbols = own.reduce((sum, { batch }) => sum + batch.size * (batch.length + 1), 0)
    expect(first!.trainLoss).toBeCloseTo(own.reduce((sum, { loss, batch }) => sum + loss * batch.size, 0) / symbols, 12)
    expect(first!.gradientNorm).toEqual(own[7]!.norms)
    expect([first!.step, second!.step]).toEqual([8, 16])
    expect(figures(second!.validation).loss).toBeLessThan(figures(first!.validation).loss)
    expect(sizeOf(first!.validation).strings).toBe(8)
    expect(second!.hashes).toEqual(componentHashes(fakeParameters(), readWeights(watched)))
  })

  it('give the norm of the last update by component', async () => {
    const executor = fakeExecutor()
    let before = readWeights(executor)
    const watched = {
      ...executor,
      step(batch: Batch, options: { learningRate: number; clipNorm: number | null }) {
        before = readWeights(executor)
        return executor.step(batch, options)
      },
    }
    const [epoch] = epochsOf(
      await play({ executor: watched, study: studyWith({ epochs: 1 }), plan: STANDARD_PLANS['frozen-memory']! }),
    )
    const change = (name: string): number[] => [...executor.read(name)].map((value, i) => value - before.get(name)![i]!)
    expect(epoch!.updateNorm).toEqual({
      controller: expect.closeTo(Math.hypot(...change('controller.input.weights')), 12),
      memory: 0,
      classifier: expect.closeTo(
        Math.hypot(...change('classifier.output.weights'), ...change('classifier.output.bias')),
        12,
      ),
    })
    expect(epoch!.updateNorm.controller).toBeGreaterThan(0)
  })

  it('come at most ten times a second as progress: means over the steps since the last one, short epochs included', async () => {
    const executor = fakeExecutor()
    const seen: { nats: number; symbols: number; norm: number }[] = []
    const watched = {
      ...executor,
      step(batch: Batch, options: { learningRate: number; clipNorm: number | null }) {
        const result = executor.step(batch, options)
        seen.push({
          nats: result.loss * batch.size,
          symbols: batch.size * (batch.length + 1),
          norm: result.componentNorms.memory!,
        })
        return result
      },
    }
    // A step takes 3 ms, and nothing else takes any time.
    const events = await play({ executor: watched, study: studyWith({ epochs: 20 }), now: () => 3 * seen.length })
    const progress = events.filter(event => event.kind === 'progress')
    expect(progress.map(({ step }) => step)).toEqual([34, 68, 102, 136])
    for (const { loss, gradientNorm, stepsPerSecond, step, epoch } of progress) {
      const since = seen.slice(step - 34, step)
      const total = (key: keyof (typeof since)[0]): number => since.reduce((sum, each) => sum + each[key], 0)
      expect(loss).toBeCloseTo(total('nats') / total('symbols'), 12)
      expect(gradientNorm.memory).toBeCloseTo(total('norm') / 34, 12)
      expect(Object.keys(gradientNorm)).toEqual(['controller', 'memory', 'classifier'])
      expect(stepsPerSecond).toBeCloseTo(1000 / 3, 9)
      expect(epoch).toBe(Math.floor((step - 1) / 8))
    }
    for (const { stepsPerSecond } of epochsOf(events)) expect(stepsPerSecond).toBeCloseTo(1000 / 3, 9)
  })

  it('are the test scores by length, of the last weights and of the best', async () => {
    const executor = fakeExecutor()
    const events = await play({ executor, study: studyWith({ epochs: 12, learningRate: 0.5 }) })
    const [last, best] = events.filter(event => event.kind === 'evaluation')
    expect(last!.scores.map(score => [score.bin, score.length, sizeOf(score).strings])).toEqual([
      ['short', 3, 3],
      ['short', 5, 3],
      ['long', 11, 2],
      ['long', 13, 2],
    ])
    expect(epochsOf(events).findLast(({ best: isBest }) => isBest)!.epoch).toBeLessThan(11)
    expect(best!.scores).not.toEqual(last!.scores)
    expect(readWeights(executor)).toEqual(
      weightsIn(
        (events.findLast(event => event.kind === 'checkpoint' && event.which === 'last') as { bytes: Uint8Array })
          .bytes,
        fakeParameters(),
      ),
    )
  })
})

describe('runs of one seed', () => {
  it('have the same first weights and the same batches in the same order, whatever the plan', async () => {
    const seen = await Promise.all(
      Object.values(STANDARD_PLANS).map(async plan => {
        const executor = recording()
        let first: ReadonlyMap<string, Float32Array> | undefined
        const watched = {
          ...executor,
          step: (...given: Parameters<FakeExecutor['step']>) => {
            first ??= readWeights(executor)
            return executor.step(...given)
          },
        }
        await play({ plan, executor: watched })
        return { first, batches: executor.batches }
      }),
    )
    expect(seen[0]!.batches).toHaveLength(32)
    for (const other of seen.slice(1)) expect(other).toEqual(seen[0])
    expect(seen[0]!.batches.slice(0, 8)).not.toEqual(seen[0]!.batches.slice(8, 16))
    expect(new Set(seen[0]!.batches.slice(0, 8))).toEqual(new Set(seen[0]!.batches.slice(8, 16)))
  })

  it('are the same run where a plan finds nothing to freeze', async () => {
    const full = await play()
    const nothing = await play({ plan: { id: 'full', freeze: [{ what: 'embedding', from: 'start', until: 'end' }] } })
    const told = (events: RunEvent[]): RunEvent[] =>
      events.filter(({ kind }) => kind !== 'checkpoint' && kind !== 'snapshot')
    expect(told(nothing)).toEqual(told(full))
  })

  it('differ from those of another seed', async () => {
    expect(epochsOf(await play({ seed: 2 }))[0]!.hashes).not.toEqual(epochsOf(await play())[0]!.hashes)
  })
})

describe('freezing', () => {
  it('is told, hashed and proven at every epoch', async () => {
    const plan = { id: 'p', freeze: [{ what: 'memory', from: { epoch: 1 }, until: { epochs: 2 } }] } as const
    const events = await play({ study: studyWith({}, [plan]), plan: { id: plan.id, freeze: [...plan.freeze] } })
    const epochs = epochsOf(events)
    expect(events.filter(({ kind }) => kind === 'freeze')).toEqual([
      {
        kind: 'freeze',
        epoch: 1,
        action: 'freeze',
        parameters: ['memory.recall.weights', 'memory.recall.bias'],
        reason: 'memory from epoch 1',
      },
      {
        kind: 'freeze',
        epoch: 3,
        action: 'release',
        parameters: ['memory.recall.weights', 'memory.recall.bias'],
        reason: 'memory released: after 2 epochs',
      },
    ])
    expect(epochs.map(({ frozen }) => frozen.length)).toEqual([0, 2, 2, 0])
    expect(epochs.map(({ frozenIntact }) => frozenIntact)).toEqual([true, true, true, true])
    expect(epochs.map(({ frozenHash }) => frozenHash)).toEqual([
      null,
      epochs[0]!.hashes.memory,
      epochs[0]!.hashes.memory,
      null,
    ])
    expect(epochs[3]!.hashes.memory).not.toBe(epochs[0]!.hashes.memory)
    expect(epochs[2]!.hashes.controller).not.toBe(epochs[1]!.hashes.controller)
    expect(epochs[1]!.gradientNorm).not.toHaveProperty('memory')
  })

  it('again, after a release, is proven against the weights at that time', async () => {
    const plan: FreezePlan = {
      id: 'p',
      freeze: [
        { what: 'memory', from: 'start', until: { epochs: 1 } },
        { what: 'memory', from: { epoch: 2 }, until: 'end' },
      ],
    }
    const epochs = epochsOf(await play({ study: studyWith({}, [plan]), plan }))
    expect(epochs.map(({ frozen, frozenIntact }) => [frozen.length, frozenIntact])).toEqual([
      [2, true],
      [0, true],
      [2, true],
      [2, true],
    ])
    expect(epochs[2]!.frozenHash).toBe(epochs[1]!.hashes.memory)
    expect(epochs[2]!.frozenHash).not.toBe(epochs[0]!.frozenHash)
  })

  it('that an executor does not keep is told', async () => {
    const executor = fakeExecutor()
    const leaking = { ...executor, setTrainable() {} }
    const epochs = epochsOf(await play({ executor: leaking, plan: STANDARD_PLANS['frozen-memory']! }))
    expect(epochs.map(({ frozenIntact }) => frozenIntact)).toEqual([false, false, false, false])
    expect(epochs[0]!.frozenHash).toBe(epochs[0]!.hashes.memory)
  })

  it('of everything is allowed: the weights stay as they began', async () => {
    const executor = fakeExecutor()
    const plan = {
      id: 'p',
      freeze: [{ what: ['controller', 'memory', 'classifier'], from: 'start' as const, until: 'end' as const }],
    }
    const epochs = epochsOf(await play({ executor, study: studyWith({}, [plan]), plan }))
    expect(epochs.map(({ best }) => best)).toEqual([true, false, false, false])
    expect(new Set(epochs.map(({ frozenHash }) => frozenHash))).toEqual(
      new Set([
        hashOf(
          readWeights(executor),
          fakeParameters().map(({ name }) => name),
        ),
      ]),
    )
    expect(executor.counts()).toEqual(Object.fromEntries(fakeParameters().map(({ name }) => [name, 0])))
  })

  it('by a name that the model does not have fails before the first event', async () => {
    const plan = { id: 'typo', freeze: [{ what: 'memory.stack', from: 'start' as const, until: 'end' as const }] }
    await expect(play({ study: studyWith({}, ['full', plan]), plan })).rejects.toThrow(
      'study.plans.1.freeze.0.what is "memory.stack"',
    )
  })
})

describe('schedules', () => {
  it('the learning rate decays when the validation perplexity, not the loss, stalls by the threshold', async () => {
    // Nats per symbol. From 0.1 to 0.096 the loss falls by 4 %, the perplexity by 0.4 %; from 0.1 to 0.089 the perplexity falls by 1.1 %.
    const losses = [0.1, 0.096, 0.089, 0.0885, 0.0882, 0.07]
    let epoch = -1
    const executor = fakeExecutor()
    const scripted: FakeExecutor = {
      ...executor,
      step(batch, options) {
        epoch = Math.floor(executor.counts()['classifier.output.bias']! / 8)
        return executor.step(batch, options)
      },
      evaluate: ({ size, length }) => ({
        nats: new Float64Array(size).fill(losses[epoch]! * (length + 1)),
        correct: new Int32Array(size),
      }),
    }
    const decay = { factor: 0.5, patience: 0, threshold: 0.01 }
    const epochs = epochsOf(
      await play({ executor: scripted, study: studyWith({ epochs: 6, learningRate: 0.08, decay }) }),
    )
    expect(epochs.map(({ validation }) => figures(validation).loss)).toEqual(
      losses.map(loss => expect.closeTo(loss, 12)),
    )
    expect(epochs.map(({ learningRate }) => learningRate)).toEqual([0.08, 0.08, 0.04, 0.04, 0.02, 0.01])
  })

  it('a run stops early, after `patience` epochs without a new best', async () => {
    const events = await play({ study: studyWith({ epochs: 200, learningRate: 0.5, earlyStop: { patience: 3 } }) })
    const bestEpoch = epochsOf(events).findLast(({ best }) => best)!.epoch
    expect(events.at(-1)).toEqual({ kind: 'done', reason: 'stopped-early', epochs: bestEpoch + 4, bestEpoch })
  })

  it('a plateau freezes', async () => {
    const plan = { id: 'p', freeze: [{ what: 'controller', from: { plateau: 2 }, until: 'end' as const }] }
    const events = await play({ study: studyWith({ epochs: 60, learningRate: 0.5 }, [plan]), plan })
    const freeze = events.find(event => event.kind === 'freeze')!
    const before = epochsOf(events).filter(({ epoch }) => epoch < freeze.epoch)
    expect(freeze.reason).toBe('controller: validation loss stalled for 2 epochs')
    expect(before.slice(-2).map(({ best }) => best)).toEqual([false, false])
    const stalls = before.map((_, i) => i >= 1 && !before[i]!.best && !before[i - 1]!.best)
    expect(stalls.indexOf(true)).toBe(before.length - 1)
  })
})

describe('cancelling', () => {
  async function cancelledAfter(steps: number): Promise<{ events: RunEvent[]; steps: number }> {
    const controller = new AbortController()
    const executor = fakeExecutor()
    let done = 0
    const counting = {
      ...executor,
      step: (...given: Parameters<FakeExecutor['step']>) => {
        if (++done === steps) controller.abort()
        return executor.step(...given)
      },
    }
    return { events: await play({ executor: counting, signal: controller.signal }), steps: done }
  }

  it.each([1, 3, 8, 9, 20])(
    'after step %i ends the run within that step, with a checkpoint to go on from',
    async steps => {
      const cancelled = await cancelledAfter(steps)
      expect(cancelled.steps).toBe(steps)
      expect(kinds(cancelled.events).slice(-2)).toEqual(['checkpoint last', 'done'])
      expect(cancelled.events.at(-2)).toMatchObject({ step: steps })
      expect(cancelled.events.at(-1)).toMatchObject({ reason: 'cancelled', epochs: Math.floor((steps - 1) / 8) })
    },
  )

  it('before the first step leaves a checkpoint too', async () => {
    const events = await play({ signal: AbortSignal.abort() })
    expect(kinds(events)).toEqual(['start', 'checkpoint last', 'done'])
    const resumed = await play({ resume: { last: (events[1] as { bytes: Uint8Array }).bytes } })
    expect(resumed.slice(1)).toEqual((await play()).slice(1))
  })

  it("comes through while the loop runs, by a timer's hand", async () => {
    const controller = new AbortController()
    const executor = fakeExecutor()
    let steps = 0
    // A clock by which each step takes a millisecond.
    const slow = {
      ...executor,
      step: (...given: Parameters<FakeExecutor['step']>) => {
        if (++steps === 5) setTimeout(() => controller.abort(), 0)
        return executor.step(...given)
      },
    }
    const study = parseStudy({
      ...studyWith(),
      data: { train: { strings: 8_000, lengths: [3, 3] }, validation: { strings: 4, lengths: [3, 5] } },
    })
    const events = await play({ study, executor: slow, signal: controller.signal, now: () => steps })
    expect(events.at(-1)).toMatchObject({ kind: 'done', reason: 'cancelled', epochs: 0 })
    expect(steps).toBeLessThan(200)
  })

  it('during the evaluation with the best weights leaves the last ones in checkpoint and executor', async () => {
    const study = studyWith({ epochs: 12, learningRate: 0.5 })
    const whole = await play({ study })
    const controller = new AbortController()
    const executor = fakeExecutor()
    const events: RunEvent[] = []
    for await (const event of trainRun({
      study,
      plan: study.plans[0]!,
      seed: 1,
      executor,
      language: markedCopy,
      now: () => 0,
      signal: controller.signal,
    })) {
      events.push(event)
      if (event.kind === 'evaluation' && event.which === 'last') controller.abort()
    }
    const lastOf = (from: RunEvent[]): Uint8Array =>
      (from.findLast(event => event.kind === 'checkpoint' && event.which === 'last') as { bytes: Uint8Array }).bytes
    expect(kinds(events).slice(-3)).toEqual(['evaluation last', 'checkpoint last', 'done'])
    expect(lastOf(events)).toEqual(lastOf(whole))
    expect(readWeights(executor)).toEqual(weightsIn(lastOf(whole), fakeParameters()))
  })

  it('does not hide an error of the executor', async () => {
    const controller = new AbortController()
    const failing = {
      ...fakeExecutor(),
      step(): never {
        controller.abort()
        throw new Error('the device is gone')
      },
    }
    await expect(play({ executor: failing, signal: controller.signal })).rejects.toThrow('the device is gone')
  })
})

describe('resuming', () => {
  it('needs the best weights of the run', async () => {
    const events = await play()
    const last = (
      events.findLast(event => event.kind === 'checkpoint' && event.which === 'last') as { bytes: Uint8Array }
    ).bytes
    await expect(play({ resume: { last } })).rejects.toThrow('best weights')
  })

  it('refuses best weights that are older than those it knows of', async () => {
    const files = (await play()).filter(event => event.kind === 'checkpoint')
    const bests = files.filter(({ which }) => which === 'best')
    expect(bests.length).toBeGreaterThan(1)
    await expect(
      play({ resume: { last: files.findLast(({ which }) => which === 'last')!.bytes, best: bests[0]!.bytes } }),
    ).rejects.toThrow('The "best" checkpoint is of epoch 0')
  })

  it("from between a best checkpoint and the last that refers to it repeats the epoch's end", async () => {
    const events = await play({ checkpointEverySeconds: 0 })
    const newBest = events.findLastIndex(event => event.kind === 'checkpoint' && event.which === 'best')
    const before = events.findLastIndex(
      (event, i) => i < newBest && event.kind === 'checkpoint' && event.which === 'last',
    )
    const bytes = (i: number): Uint8Array => (events[i] as { bytes: Uint8Array }).bytes
    expect((events[before] as { epoch: number }).epoch).toBe((events[newBest] as { epoch: number }).epoch)
    const resumed = await play({ checkpointEverySeconds: 0, resume: { last: bytes(before), best: bytes(newBest) } })
    expect(resumed[0]).toMatchObject({ resumed: true })
    expect(resumed.slice(1)).toEqual(events.slice(before + 1))
  })
})

describe('a run that diverges', () => {
  const breaking = (at: number, result: Partial<ReturnType<FakeExecutor['step']>>): FakeExecutor => {
    const executor = fakeExecutor()
    let steps = 0
    return { ...executor, step: (...given) => ({ ...executor.step(...given), ...(++steps === at ? result : {}) }) }
  }

  it.each([
    ['loss', { loss: NaN }],
    ['gradient', { gradientNorm: Infinity }],
  ])('by its %s says so, and keeps its best weights', async (_, result) => {
    const events = await play({ executor: breaking(19, result) })
    expect(events.at(-1)).toEqual({ kind: 'done', reason: 'diverged', epochs: 2, bestEpoch: expect.any(Number) })
    expect(epochsOf(events)).toHaveLength(2)
    expect(kinds(events).slice(-3)).toEqual(['checkpoint last', 'evaluation best', 'done'])
  })

  it('in its first epoch has nothing to evaluate', async () => {
    const events = await play({ executor: breaking(2, { loss: Infinity }) })
    expect(kinds(events)).toEqual(['start', 'done'])
    expect(events.at(-1)).toEqual({ kind: 'done', reason: 'diverged', epochs: 0, bestEpoch: -1 })
  })

  it('in its last update of an epoch, before anything is made of such weights', async () => {
    const executor = fakeExecutor()
    let steps = 0
    const poisoned: FakeExecutor = {
      ...executor,
      step(...given) {
        const result = executor.step(...given)
        if (++steps === 16) executor.write('classifier.output.bias', Float32Array.of(0, NaN, 0, 0))
        return result
      },
      evaluate(batch) {
        expect(executor.read('classifier.output.bias').every(Number.isFinite)).toBe(true)
        return executor.evaluate(batch)
      },
    }
    const events = await play({ executor: poisoned })
    expect(events.at(-1)).toMatchObject({ kind: 'done', reason: 'diverged', epochs: 1 })
    expect(kinds(events).filter(kind => kind === 'epoch')).toHaveLength(1)
  })

  it('in its validation loss alone', async () => {
    const executor = fakeExecutor()
    let batches = 0
    const overflowing: FakeExecutor = {
      ...executor,
      evaluate(batch) {
        const score = executor.evaluate(batch)
        if (++batches === 4) score.nats[0] = Infinity
        return score
      },
    }
    const events = await play({ executor: overflowing })
    expect(events.at(-1)).toEqual({ kind: 'done', reason: 'diverged', epochs: 1, bestEpoch: 0 })
    expect(kinds(events).slice(-3)).toEqual(['checkpoint last', 'evaluation best', 'done'])
  })
})

it('a study without a string in a range fails before the first event', async () => {
  const study = {
    ...studyWith(),
    data: {
      train: { strings: 4, lengths: [4, 4] as [number, number] },
      validation: { strings: 4, lengths: [3, 5] as [number, number] },
    },
  }
  await expect(play({ study })).rejects.toThrow('study.data.train.lengths is [4,4]')
})

it('the loop itself reads the clock a few times a step, and says nothing and waits for nothing where no time passes', async () => {
  const executor = fakeExecutor()
  const result = { loss: 3, gradientNorm: 1, componentNorms: { controller: 1, memory: 0.5, classifier: 0.2 } }
  const idle = { ...executor, step: () => result }
  const study = parseStudy({
    ...studyWith({ epochs: 1 }),
    data: { train: { strings: 8_000, lengths: [3, 3] }, validation: { strings: 4, lengths: [3, 5] } },
  })
  let [asked, turns] = [0, 0]
  const count = (): void => {
    turns++
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  const events = await play({
    study,
    executor: idle,
    now: () => {
      asked++
      return 0
    },
  })
  clearImmediate(timer)
  expect(epochsOf(events)[0]!.step).toBe(2_000)
  expect(asked).toBeLessThan(3 * 2_000)
  expect(events.length).toBeLessThan(12)
  expect(turns).toBeLessThan(20)
})

describe('how the device rounds', () => {
  const withArithmetic = (arithmetic: 'fused' | 'unfused'): FakeExecutor => ({ ...fakeExecutor(), arithmetic })

  it('is said at the start and stands in every checkpoint', async () => {
    const events = await play({ executor: withArithmetic('fused') })
    expect(events[0]).toMatchObject({ kind: 'start', arithmetic: 'fused' })
    const files = events.flatMap(event => ('bytes' in event ? [event.bytes] : []))
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) expect(arithmeticOf(file)).toBe('fused')
    expect((await play())[0]).not.toHaveProperty('arithmetic')
  })

  it('is told of a checkpoint that was computed in another way', async () => {
    const resumed = async (arithmetic: 'fused' | 'unfused'): Promise<RunEvent> => {
      const whole = await play({ executor: withArithmetic('fused'), checkpointEverySeconds: 0 })
      const [first] = whole.flatMap(event =>
        event.kind === 'checkpoint' && event.which === 'last' ? [event.bytes] : [],
      )
      return (await play({ executor: withArithmetic(arithmetic), resume: { last: first! } }))[0]!
    }
    expect(await resumed('fused')).not.toHaveProperty('arithmeticBefore')
    expect(await resumed('unfused')).toMatchObject({ arithmetic: 'unfused', arithmeticBefore: 'fused' })
  })
})
