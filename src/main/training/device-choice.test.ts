import { describe, expect, it } from 'vitest'
import type { Device } from '../../engine/devices/device.ts'
import { parseStudy, type StudySpec } from '../../shared/study.ts'
import { SMALL } from '../shells/cli/testing/studies.ts'
import { deviceChoice } from './device-choice.ts'

const study = parseStudy(SMALL)

/** Devices with the seconds that a step on them takes; null: it fails. The first is the default. */
function example(
  seconds: Record<string, number | null>,
  { missing = [] as string[], reference = [] as string[], rooms = {} as Record<string, number>, workers = 2 } = {},
) {
  const measured: string[] = []
  const asked: [id: string, together: number, enough: number][] = []
  const devices = Object.keys(seconds).map((id): Device => ({
    id,
    title: id,
    reference: reference.includes(id),
    state: async () => ({ available: !missing.includes(id), note: `note of ${id}` }),
    open: () => Promise.reject(new Error('not here')),
  }))
  const choose = deviceChoice({
    devices,
    places: ({ id }) => ({ threads: workers, together: id in rooms ? 64 : 1 }),
    async measure(_, { id }, { together, enough }) {
      measured.push(id)
      asked.push([id, together, enough])
      const found = seconds[id]
      if (found === null || found === undefined) throw new Error('broken')
      return { seconds: found, together: Math.min(together, rooms[id] ?? 1) }
    },
  })
  const routes = async (of: StudySpec): Promise<[string, number | null][]> =>
    (await choose(of, 'auto', workers)).map(({ device, most }) => [device.id, most])
  return {
    choose,
    measured,
    asked,
    routes,
    ids: async (device: string, of = study) => (await choose(of, device, workers)).map(({ device: { id } }) => id),
  }
}

describe('the fastest devices', () => {
  it('are those that are not slower than the default, the fastest first', async () => {
    const { ids } = example({ wasm: 3, slow: 4, gpu: 1, other: 2, even: 3 })
    expect(await ids('auto')).toEqual(['gpu', 'other', 'even'])
    expect(await example({ wasm: 3, slow: 4, even: 3 }, { workers: 3 }).ids('auto')).toEqual(['even', 'wasm'])
  })

  it('are the default alone where the others are slower, fail, are missing or are there to check', async () => {
    const { ids, measured } = example(
      { wasm: 3, slow: 3.01, broken: null, absent: 1, judge: 1 },
      { missing: ['absent'], reference: ['judge'] },
    )
    expect(await ids('auto')).toEqual(['wasm'])
    expect(measured).toEqual(['wasm', 'slow', 'broken'])
  })

  it('are not measured where there is no choice', async () => {
    const { ids, measured } = example({ wasm: 3, absent: 1 }, { missing: ['absent'] })
    expect([await ids('auto'), measured]).toEqual([['wasm'], []])
  })

  it('are measured once for studies of one shape', async () => {
    const { ids, measured } = example({ wasm: 3, gpu: 1 })
    await Promise.all([
      ids('auto'),
      ids('auto', { ...study, name: 'Other', seeds: [7, 9], training: { ...study.training, epochs: 9 } }),
    ])
    expect(measured).toEqual(['wasm', 'gpu'])
    await ids('auto', { ...study, training: { ...study.training, batch: 20 } })
    expect(measured).toEqual(['wasm', 'gpu', 'wasm', 'gpu'])
  })

  it('are measured anew after the default could not be', async () => {
    const { ids } = example({ wasm: null, gpu: 1 })
    await expect(ids('auto')).rejects.toThrow('broken')
    await expect(ids('auto')).rejects.toThrow('broken')
  })
})

describe('a device that trains cohorts', () => {
  const of = (plans: number, seeds: number): StudySpec =>
    parseStudy({
      ...SMALL,
      plans: ['full', 'frozen-memory', 'frozen-controller', 'classifier-only'].slice(0, plans),
      seeds,
    })

  it('is measured with as many runs as the study has, and held against all threads of the default', async () => {
    const { routes, asked } = example({ wasm: 1, gpu: 19 }, { rooms: { gpu: 64 } })
    expect(await routes(of(4, 10))).toEqual([
      ['gpu', 28],
      ['wasm', null],
    ])
    // Two threads make two steps a second, and so 40 steps in 20 seconds.
    expect(asked).toEqual([
      ['wasm', 1, Infinity],
      ['gpu', 40, 20],
    ])
    expect(await example({ wasm: 1, gpu: 20.1 }, { rooms: { gpu: 64 } }).routes(of(4, 10))).toEqual([['wasm', null]])
  })

  it('is not worth it for few runs, whatever it does for many', async () => {
    const { routes } = example({ wasm: 1, gpu: 15 }, { rooms: { gpu: 64 } })
    expect(await routes(of(1, 1))).toEqual([['wasm', null]])
    expect((await routes(of(4, 10)))[0]![0]).toBe('gpu')
  })

  it('is judged by the runs for which it has room', async () => {
    const { routes } = example({ wasm: 1, gpu: 15 }, { rooms: { gpu: 10 } })
    expect(await routes(of(4, 10))).toEqual([['wasm', null]])
  })

  it('leaves the other threads as many runs as they end in the same time, and none that would end last', async () => {
    // The card makes 40 steps in 9 seconds, the other three threads 27: they get 16 of 40 runs.
    expect(await example({ wasm: 1, gpu: 9 }, { rooms: { gpu: 64 }, workers: 4 }).routes(of(4, 10))).toEqual([
      ['gpu', 24],
      ['wasm', null],
    ])
    expect(await example({ wasm: 1, gpu: 0.5 }, { rooms: { gpu: 64 }, workers: 4 }).routes(of(4, 10))).toEqual([
      ['gpu', null],
    ])
    expect(await example({ wasm: 1, gpu: 9 }, { rooms: { gpu: 64 }, workers: 1 }).routes(of(4, 10))).toEqual([
      ['gpu', null],
    ])
  })

  it('leaves nothing of its room empty for the others where there are more runs than it has room for', async () => {
    expect(await example({ wasm: 1, gpu: 9 }, { rooms: { gpu: 30 }, workers: 2 }).routes(of(4, 10))).toEqual([
      ['gpu', null],
      ['wasm', null],
    ])
  })
})

describe('a device that is asked for by name', () => {
  it('is taken without measuring', async () => {
    const { choose, measured } = example({ wasm: 3, tfjs: 900 })
    expect(await choose(study, 'tfjs', 2)).toEqual([
      { device: { id: 'tfjs', note: expect.stringContaining('TensorFlow.js') }, most: null },
    ])
    expect(measured).toEqual([])
  })

  it('must be known', async () => {
    await expect(example({ wasm: 1 }).choose(study, 'abacus', 2)).rejects.toThrow('device is "abacus"; allowed: wasm, ')
  })
})
