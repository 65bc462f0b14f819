import { describe, expect, it } from 'vitest'
import { initialWeights } from '../../engine/train/initialise.ts'
import { weightsIn } from '../../engine/train/checkpoint.ts'
import { componentHashes } from '../../engine/train/weights.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import { parseStudy } from '../../shared/study.ts'
import { modelOf } from '../services/check-study.ts'
import { SMALL } from '../shells/cli/testing/studies.ts'
import { Cohorts } from './cohorts.ts'
import type { TrainJob } from './protocol.ts'
import { doTrainJob } from './train-job.ts'

const study = parseStudy({ ...SMALL, plans: undefined })
const cancelFlag = (value: 0 | 1) => new Int32Array(new SharedArrayBuffer(4)).fill(value)

async function play(job: Partial<TrainJob>, hear: (event: RunEvent) => void = () => {}): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  const add = (event: RunEvent): void => {
    events.push(event)
    hear(event)
  }
  await doTrainJob(
    {
      kind: 'train',
      runId: 'run',
      together: 1,
      study,
      planId: 'full',
      seed: 1,
      device: 'wasm',
      portable: false,
      resume: null,
      checkpointEverySeconds: 30,
      cancel: cancelFlag(0),
      ...job,
    },
    { add, room: async () => {}, onRoom: () => {} },
    new Cohorts(),
  )
  return events
}

describe('a run', () => {
  it('begins with the same weights under every plan of its seed, with others under another seed', async () => {
    const { parameters } = modelOf(study)
    const first = async (planId: string, seed: number): Promise<unknown> => {
      const events = await play({ planId, seed, cancel: cancelFlag(1) })
      const checkpoint = events.find(event => event.kind === 'checkpoint')!
      expect([checkpoint.step, events.at(-1)]).toEqual([
        0,
        expect.objectContaining({ kind: 'done', reason: 'cancelled' }),
      ])
      return componentHashes(parameters, weightsIn(checkpoint.bytes, parameters))
    }
    const full = await first('full', 1)
    expect(full).toEqual(componentHashes(parameters, initialWeights(parameters, 1)))
    for (const { id } of study.plans) expect(await first(id, 1), id).toEqual(full)
    expect(await first('full', 2)).not.toEqual(full)
  })

  it('keeps what is frozen as it began, epoch by epoch', async () => {
    const { parameters } = modelOf(study)
    const began = componentHashes(parameters, initialWeights(parameters, 1))
    for (const { id, frozen } of [
      { id: 'frozen-memory', frozen: ['memory'] },
      { id: 'frozen-controller', frozen: ['controller'] },
      { id: 'classifier-only', frozen: ['controller', 'memory'] },
    ]) {
      const epochs = (await play({ planId: id })).filter(event => event.kind === 'epoch')
      expect(epochs.length).toBe(4)
      for (const { hashes } of epochs)
        expect(
          Object.entries(hashes).flatMap(([component, hash]) =>
            hash === began[component as 'memory'] ? [component] : [],
          ),
        ).toEqual(frozen)
    }
  })

  it('is cancelled by the shared flag within a step', async () => {
    const cancel = cancelFlag(0)
    const events = await play({ cancel, checkpointEverySeconds: 0 }, event => {
      if (event.kind === 'checkpoint' && event.step === 7) Atomics.store(cancel, 0, 1)
    })
    const steps = events.flatMap(event => (event.kind === 'checkpoint' ? [event.step] : []))
    expect(events.at(-1)).toMatchObject({ kind: 'done', reason: 'cancelled' })
    expect(steps.at(-1)).toBeLessThanOrEqual(8)
  })

  it('goes on from its checkpoints', async () => {
    const whole = await play({})
    const cut = whole.findIndex(event => event.kind === 'epoch' && event.epoch === 1)
    const saved = whole.slice(0, cut).filter(event => event.kind === 'checkpoint')
    const newest = (which: 'last' | 'best'): Uint8Array => saved.findLast(event => event.which === which)!.bytes
    const resumed = await play({ resume: { last: newest('last'), best: newest('best') } })
    const scores = (events: RunEvent[]): unknown => events.filter(event => event.kind === 'evaluation')
    expect(resumed[0]).toMatchObject({ kind: 'start', epoch: 1, resumed: true })
    expect(scores(resumed)).toEqual(scores(whole))
  })

  it('that cannot be trained says why', async () => {
    await expect(play({ study: { ...study, model: { ...study.model, memory: { id: 'tape' } } } })).rejects.toThrow(
      'study.model.memory.id is "tape"; allowed: ',
    )
  })
})

it('computes alike on every processor where the job is portable', async () => {
  const start = async (portable: boolean): Promise<RunEvent> => (await play({ portable }))[0]!
  expect(await start(true)).toMatchObject({ kind: 'start', arithmetic: 'unfused' })
  expect(await start(false)).toMatchObject({ kind: 'start', arithmetic: expect.stringMatching(/^(un)?fused$/) })
})
