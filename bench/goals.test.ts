import { describe, expect, it } from 'vitest'
import { judge } from './goals.ts'
import type { Measured } from './measure.ts'
import { merged, type Results } from './results.ts'

const nothing: Results = { peers: {}, frozen: {}, sizes: [], workers: [], language: [] }
const took = (id: string, cpu: number, elapsed = cpu): Measured => ({
  id,
  title: id,
  step: { median: elapsed, min: elapsed, max: elapsed },
  steps: 1,
  rounds: [{ cpu, elapsed }],
})
const verdict = (results: Partial<Results>, words: string) =>
  judge({ ...nothing, ...results }).find(({ title }) => title.includes(words))!

describe('goals', () => {
  it('say what was not measured', () => {
    expect(judge(nothing).map(({ met }) => met)).toEqual(Array.from({ length: 9 }, () => undefined))
  })

  it('compare processor time', () => {
    const peers = (ours: Measured): Partial<Results> => ({
      peers: { 'superposition-stack': [ours, took('pytorch', 25)] },
    })
    expect(verdict(peers(took('ours', 1)), 'against PyTorch').met).toBe(true)
    expect(verdict(peers(took('ours', 1.1)), 'against PyTorch').met).toBe(false)
    expect(verdict(peers(took('ours', 1, 3)), 'against PyTorch').met).toBe(true)
  })

  it('hold the engine to the faster kernel', () => {
    const peers = { 'superposition-stack': [took('ours', 1.6), took('wasm', 1.2), took('wasm-relaxed', 1)] }
    expect(verdict({ peers }, 'kernel')).toMatchObject({ figure: 1.6, met: false })
  })

  it('compare the language model with as many threads of PyTorch, two of them by the clock', () => {
    const language = [took('ours-1', 8, 8), took('ours-2', 9, 5), took('pytorch-1', 4, 4), took('pytorch-2', 4, 2)]
    expect(verdict({ language }, 'one thread each')).toMatchObject({ figure: 2, met: true })
    expect(verdict({ language }, 'two threads each')).toMatchObject({ figure: 2.5, met: false })
    expect(verdict({ language: [took('ours-1', 9), ...language.slice(1)] }, 'one thread each')).toMatchObject({
      figure: 2.25,
      met: false,
    })
  })

  it('take one worker against two of our engine, not of the kernel', () => {
    const times = (one: number, two: number) => ({
      one: { median: one, min: one, max: one },
      two: { median: two, min: two, max: two },
      ratio: two / one,
    })
    const workers = [
      { title: 'our engine', ...times(10, 11) },
      { title: 'kernel', ...times(10, 20) },
    ]
    expect(verdict({ workers }, 'workers')).toMatchObject({ figure: 1.1, met: true })
  })
})

it('what a run of a part measured takes the place of what is recorded, and the rest stays', () => {
  const before = {
    results: {
      ...nothing,
      peers: { lstm: [took('ours', 1)], 'superposition-stack': [took('ours', 2)] },
      sizes: [took('a', 3)],
      language: [took('ours-1', 4)],
    },
    notes: ['Peers · lstm: within 1.', 'Language model: within 2.'],
  }
  const found = merged(before, {
    results: { ...nothing, peers: { lstm: [took('ours', 5)] }, language: [took('ours-1', 6)] },
    notes: ['Language model: within 3.'],
  })
  expect(found.results).toEqual({
    ...before.results,
    peers: { ...before.results.peers, lstm: [took('ours', 5)] },
    language: [took('ours-1', 6)],
  })
  expect(found.notes).toEqual(['Peers · lstm: within 1.', 'Language model: within 3.'])
  expect(merged(undefined, found)).toEqual(found)
})
