import { describe, expect, it } from 'vitest'
import type { Device } from '../../engine/devices/device.ts'
import { parseStudy } from '../../shared/study.ts'
import { SMALL } from '../shells/cli/testing/studies.ts'
import { deviceChoice } from './device-choice.ts'

const study = parseStudy(SMALL)

/** Devices with the seconds that a step on them takes; null: it fails. The first is the default. */
function example(seconds: Record<string, number | null>, { missing = [] as string[], reference = [] as string[] } = {}) {
  const measured: string[] = []
  const devices = Object.keys(seconds).map((id): Device => ({
    id, title: id, reference: reference.includes(id), state: async () => ({ available: !missing.includes(id), note: `note of ${id}` }), open: () => Promise.reject(new Error('not here')),
  }))
  const choose = deviceChoice({ devices, async measure(_, { id }) {
    measured.push(id)
    const found = seconds[id]
    if (found === null || found === undefined) throw new Error('broken')
    return found
  } })
  return { choose, measured, ids: async (asked: string, of = study) => (await choose(of, asked)).map(({ id }) => id) }
}

describe('the fastest devices', () => {
  it('are those that are not slower than the default, the fastest first', async () => {
    const { ids } = example({ wasm: 3, slow: 4, gpu: 1, other: 2, even: 3 })
    expect(await ids('auto')).toEqual(['gpu', 'other', 'even', 'wasm'])
  })

  it('are the default alone where the others are slower, fail, are missing or are there to check', async () => {
    const { ids, measured } = example({ wasm: 3, slow: 3.01, broken: null, absent: 1, judge: 1 }, { missing: ['absent'], reference: ['judge'] })
    expect(await ids('auto')).toEqual(['wasm'])
    expect(measured).toEqual(['wasm', 'slow', 'broken'])
  })

  it('are not measured where there is no choice', async () => {
    const { ids, measured } = example({ wasm: 3, absent: 1 }, { missing: ['absent'] })
    expect([await ids('auto'), measured]).toEqual([['wasm'], []])
  })

  it('are measured once for studies of one shape', async () => {
    const { ids, measured } = example({ wasm: 3, gpu: 1 })
    await Promise.all([ids('auto'), ids('auto', { ...study, name: 'Other', seeds: [7], training: { ...study.training, epochs: 9 } })])
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

describe('a device that is asked for by name', () => {
  it('is taken without measuring', async () => {
    const { choose, measured } = example({ wasm: 3, tfjs: 900 })
    expect(await choose(study, 'tfjs')).toEqual([{ id: 'tfjs', note: expect.stringContaining('TensorFlow.js') }])
    expect(measured).toEqual([])
  })

  it('must be known', async () => {
    await expect(example({ wasm: 1 }).choose(study, 'abacus')).rejects.toThrow('device is "abacus"; allowed: wasm, ')
  })
})
