import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { LabError } from '../../shared/errors.ts'
import { parseStudy, STANDARD_PLANS } from '../../shared/study.ts'
import { fakeExecutor, fakeParameters } from '../testing/fake-executor.ts'
import { markedCopy } from '../testing/fake-language.ts'
import { identify, readBest, restoreLast, weightsIn } from './checkpoint.ts'
import { readSafetensors, writeSafetensors, type StoredTensor } from './safetensors.ts'
import { trainRun } from './train.ts'
import { readWeights } from './weights.ts'

const study = parseStudy({
  name: 'checkpoints',
  task: { id: 'marked-copy', symbols: 2 },
  model: { memory: { id: 'none' } },
  data: { train: { strings: 12, lengths: [3, 7] }, validation: { strings: 4, lengths: [3, 7] } },
  evaluation: { bins: [{ name: 'long', lengths: [9, 9], perLength: 1 }] },
  training: { batch: 4, epochs: 2, learningRate: 0.01 },
})
const plan = STANDARD_PLANS['frozen-memory']!
const run = { study, plan, seed: 3 }
const identity = identify(run, fakeParameters())

let last: Uint8Array
let best: Uint8Array
const trained = fakeExecutor()

beforeAll(async () => {
  for await (const event of trainRun({
    ...run,
    executor: trained,
    language: markedCopy,
    checkpointEverySeconds: 0,
    now: () => 0,
  })) {
    if (event.kind === 'checkpoint' && event.which === 'last') last = event.bytes
    if (event.kind === 'checkpoint' && event.which === 'best') best = event.bytes
  }
})

const thrown = (work: () => unknown): LabError => {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(LabError)
    return error as LabError
  }
  throw new Error('nothing was thrown')
}

describe('a checkpoint', () => {
  it('holds weights, slots, counts and state', () => {
    const executor = fakeExecutor()
    const state = restoreLast(last, identity, executor)
    for (const name of trained.tensors) expect(executor.read(name)).toEqual(trained.read(name))
    expect(executor.counts()).toEqual(trained.counts())
    expect(executor.counts()).toMatchObject({ 'controller.input.weights': 6, 'memory.recall.weights': 0 })
    expect(state).toMatchObject({ epoch: 2, position: 0, begun: false, learningRate: 0.01 })
    expect(Object.keys(state.frozenHashes)).toEqual(['memory.recall.bias', 'memory.recall.weights'])
  })

  it('is a safetensors file whose tensors have their own names and shapes', () => {
    const { tensors } = readSafetensors(last)
    expect(tensors.get('controller.input.weights')!.shape).toEqual([4, 5])
    expect(tensors.get('mean:classifier.output.bias')!.shape).toEqual([4])
    expect([...readSafetensors(best).tensors.keys()]).toEqual(fakeParameters().map(({ name }) => name))
  })

  it('gives its weights to a model with the same parameters', () => {
    expect(weightsIn(last, fakeParameters())).toEqual(readWeights(trained))
    expect(weightsIn(best, fakeParameters())).toEqual(readBest(best, identity).weights)
    expect(thrown(() => weightsIn(best, fakeParameters(4))).message).toContain(
      'its tensor controller.input.weights is not of 25 32-bit floats',
    )
    expect(
      thrown(() => weightsIn(best, [...fakeParameters(), { ...fakeParameters()[0]!, name: 'controller.more.bias' }]))
        .message,
    ).toContain('it lacks the tensors controller.more.bias')
  })
})

describe('a checkpoint of another run is refused by what differs', () => {
  const other = (change: Partial<typeof run>, parameters = fakeParameters()) =>
    thrown(() => restoreLast(last, identify({ ...run, ...change }, parameters), fakeExecutor()))
  it.each<[string, Partial<typeof run>, string]>([
    ['seed', { seed: 4 }, 'seed is 3 there, 4 here'],
    ['plan', { plan: STANDARD_PLANS.full! }, 'plan.id is "frozen-memory" there, "full" here'],
    [
      'spans of the plan',
      { plan: { id: 'frozen-memory', freeze: [] } },
      'plan.freeze.0 is {"from":"start","until":"end","what":"memory"} there, missing here',
    ],
    [
      'training',
      { study: { ...study, training: { ...study.training, batch: 8 } } },
      'training.batch is 4 there, 8 here',
    ],
    [
      'option of the task',
      { study: { ...study, task: { id: 'marked-copy', symbols: 3 } } },
      'task.symbols is 2 there, 3 here',
    ],
    [
      'data',
      { study: { ...study, data: { ...study.data, train: { strings: 12, lengths: [3, 9] } } } },
      'data.train.lengths.1 is 7 there, 9 here',
    ],
  ])('%s', (_, change, message) => {
    const error = other(change)
    expect(error.message).toBe(`This checkpoint is of another run: ${message}.`)
    expect(error.code).toBe('foreign-checkpoint')
  })

  it('model', () => {
    expect(other({}, fakeParameters(5)).message).toContain('parameters.controller.input.weights.0 is 4 there, 6 here')
    expect(other({}, fakeParameters().slice(1)).message).toContain(
      'parameters.controller.input.weights is [4,5] there, missing here',
    )
  })

  it("but the study's name, its other plans and its seeds may change", () => {
    const renamed = { ...study, name: 'renamed', plans: [plan], seeds: [3] }
    expect(() =>
      restoreLast(last, identify({ ...run, study: renamed }, fakeParameters()), fakeExecutor()),
    ).not.toThrow()
  })
})

describe('what is damaged or of another kind is refused, and the executor stays as it was', () => {
  function refused(bytes: Uint8Array, executor = fakeExecutor()): LabError {
    const error = thrown(() => restoreLast(bytes, identity, executor))
    for (const name of executor.tensors) expect(executor.read(name).every(value => value === 0)).toBe(true)
    expect(new Set(Object.values(executor.counts()))).toEqual(new Set([0]))
    return error
  }

  it('best instead of last, and the other way round', () => {
    expect(refused(best).message).toContain('it is a checkpoint of kind "best", not "last"')
    expect(thrown(() => readBest(last, identity)).message).toContain('it is a checkpoint of kind "last", not "best"')
  })

  it('some other safetensors file', () => {
    expect(refused(writeSafetensors({ metadata: {}, tensors: new Map() })).message).toContain(
      'its format is missing, not permafrost-checkpoint-1',
    )
  })

  it('other tensors than the executor has', () => {
    const error = refused(last, fakeExecutor({ optimizer: 'momentum' }))
    expect(error.message).toContain('it lacks the tensors velocity:controller.input.weights')
    expect(error.code).toBe('bad-checkpoint')
  })

  it.each<[string, (metadata: Record<string, string>, tensors: Map<string, StoredTensor>) => void]>([
    [
      'a changed state',
      metadata => {
        metadata.state = metadata.state!.replace('"learningRate":0.01', '"learningRate":0.02')
      },
    ],
    [
      'a changed identity',
      metadata => {
        metadata.run = metadata.run!.replace('"seed":3', '"seed":4')
      },
    ],
    [
      'a changed weight',
      (_, tensors) => {
        tensors.get('controller.input.weights')!.data[3]! += 1
      },
    ],
    [
      'swapped tensors',
      (_, tensors) => {
        const [mean, weights] = [tensors.get('mean:classifier.output.bias')!, tensors.get('classifier.output.bias')!]
        tensors.set('classifier.output.bias', mean).set('mean:classifier.output.bias', weights)
      },
    ],
    [
      'a missing hash',
      metadata => {
        delete metadata.sha256
      },
    ],
  ])('%s', (_, change) => {
    const { metadata, tensors } = readSafetensors(last)
    const changed = { metadata: { ...metadata }, tensors: new Map(tensors) }
    change(changed.metadata, changed.tensors)
    expect(refused(writeSafetensors(changed)).message).toContain('does not have the SHA-256 that it was written with')
  })

  it('every truncation', () => {
    for (let length = 0; length < last.length; length += 37) refused(last.subarray(0, length))
  })

  it('every changed byte is noticed, or changes nothing that is said', () => {
    const whole = readSafetensors(last)
    fc.assert(
      fc.property(fc.nat(last.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const edited = last.slice()
        edited[at]! ^= change
        try {
          restoreLast(edited, identity, fakeExecutor())
        } catch (error) {
          expect(error).toBeInstanceOf(LabError)
          return
        }
        expect(readSafetensors(edited)).toEqual(whole)
      }),
      { numRuns: 2000 },
    )
  })
})
