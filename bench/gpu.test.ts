import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findAdapter } from '../src/engine/devices/webgpu/gpu.ts'
import { useSoftwareGpu } from '../src/engine/devices/webgpu/testing/software-gpu.ts'
import { InputError } from '../src/shared/errors.ts'
import { floorOf } from './gpu/floor.ts'
import { parseGpuOptions } from './gpu/options.ts'
import { PLAN_IDS, trainedBy } from './gpu/plans.ts'
import { floorTime, judge, runsAnHour, type GpuResults, type StudyPart } from './gpu/results.ts'
import { gigaflop, languageModel, PENN_TREEBANK } from './language.ts'
import type { Measured } from './measure.ts'
import { ourModel } from './ours.ts'
import { STUDIED, USUAL, type StudiedId } from './problem.ts'

useSoftwareGpu()
const adapter = await findAdapter()

const took = (id: string, elapsed: number): Measured => ({
  id,
  title: id,
  step: { median: elapsed, min: elapsed, max: elapsed },
  steps: 1,
  rounds: [{ elapsed, cpu: elapsed }],
})
const part = (model: StudiedId, together: number, eager: number): StudyPart => ({
  model,
  runs: 40,
  seeds: 10,
  floor: { bytes: 0, operations: 0 },
  measured: [took('cohort', together), ...PLAN_IDS.map(plan => took(`eager ${plan}`, eager))],
})

describe('runs an hour', () => {
  it('count all runs of all models, ours together and theirs one after the other', () => {
    const study = [part('lstm', 1, 10), part('superposition-stack', 3, 50)]
    expect(runsAnHour(study, 'ours', 1000)).toBeCloseTo(80 / ((4 * 1000) / 3.6e6), 6)
    expect(runsAnHour(study, 'eager', 1000)).toBeCloseTo(80 / ((40 * 60 * 1000) / 3.6e6), 6)
    expect(runsAnHour(study, 'captured', 1000)).toBeUndefined()
  })

  it('are judged for the whole study alone, at its own sizes', () => {
    const results = (models: readonly StudiedId[], eager: number): GpuResults => ({
      limits: null,
      language: null,
      study: models.map(model => part(model, 1, eager)),
    })
    expect(judge(results(STUDIED, 7.5), 1000, false)).toMatchObject([
      { figure: expect.closeTo(300, 6) as number, met: expect.any(Boolean) as boolean },
    ])
    expect(judge(results(STUDIED, 7.6), 1000, false)).toMatchObject([{ met: true }])
    expect(judge(results(STUDIED, 7), 1000, false)).toMatchObject([{ met: false }])
    expect(judge(results(STUDIED.slice(1), 9), 1000, false)).toMatchObject([{ figure: undefined, met: undefined }])
    expect(judge(results(STUDIED, 9), 1000, true)).toMatchObject([{ figure: undefined, met: undefined }])
  })
})

describe('the floor', () => {
  it('has the operations of the products of a language model, and little else', () => {
    const model = languageModel(PENN_TREEBANK)
    const { operations, bytes } = floorOf(model, new Set(model.parameters.map(({ name }) => name)), {
      batch: PENN_TREEBANK.streams,
      length: PENN_TREEBANK.steps,
      slots: 0,
    })
    expect(operations / (gigaflop(PENN_TREEBANK) * 1e9)).toBeGreaterThan(1)
    expect(operations / (gigaflop(PENN_TREEBANK) * 1e9)).toBeLessThan(1.02)
    expect(bytes).toBeGreaterThan(2 * 4 * 5_656_336)
  })

  it('is lower where less is trained, and grows with the length of strings that grow a memory', () => {
    const model = ourModel('superposition-stack')
    const [full, , , classifier] = PLAN_IDS.map(plan => floorOf(model, trainedBy(model, plan), { ...USUAL, slots: 2 }))
    expect(classifier!.operations).toBeLessThan(full!.operations / 2)
    expect(classifier!.bytes).toBeLessThan(full!.bytes)
    const longer = floorOf(model, trainedBy(model, 'full'), { batch: USUAL.batch, length: 2 * USUAL.length, slots: 2 })
    expect(longer.operations).toBeGreaterThan(2.2 * full!.operations)
  })

  it('is the longer of two times', () => {
    const limits = { bytesPerSecond: 1e9, operationsPerSecond: 1e12 }
    expect(floorTime({ bytes: 1e6, operations: 1e6 }, limits)).toEqual({ milliseconds: 1, by: 'memory' })
    expect(floorTime({ bytes: 1e3, operations: 1e9 }, limits)).toEqual({ milliseconds: 1, by: 'arithmetic' })
  })
})

it.each([
  [['--models', 'gru'], /^models is "gru"; allowed: lstm, superposition-stack, superposition-stack-hidden, /],
  [['--run-steps', '0'], /^run-steps is "0"; allowed: a whole number of at least 1$/],
  [['--fast'], /--fast/],
])('refuses %j', (args, message) => {
  expect(() => parseGpuOptions(args, '.')).toThrow(InputError)
  expect(() => parseGpuOptions(args, '.')).toThrow(message)
})

describe('the benchmark itself', () => {
  // It finds a stand-in itself.
  const run = (...args: string[]): string =>
    execFileSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'gpu/index.ts'), ...args],
      { encoding: 'utf8', env: { ...process.env, VK_ICD_FILENAMES: undefined } },
    )

  it.skipIf(typeof adapter !== 'string' && !adapter.isSoftware)('says in one line that there is no GPU', () => {
    expect(run().trimEnd()).toMatch(/^No GPU here: .+ --device-small tries the benchmark on a stand-in\.$/)
  })

  it.skipIf(typeof adapter === 'string')(
    'runs from end to end in tiny sizes, with losses that agree',
    () => {
      const out = mkdtempSync(join(tmpdir(), 'permafrost-bench-'))
      try {
        run('--device-small', '--models', 'lstm', '--out', out, '--name', 'small')
        const found = JSON.parse(readFileSync(join(out, 'small.json'), 'utf8')) as GpuResults & {
          isSmall: boolean
          command: string
        }
        expect(found).toMatchObject({
          isSmall: true,
          command: expect.stringMatching(/^npm run bench:gpu -- --device-small --models lstm /) as string,
        })
        expect(found.study[0]!.measured.map(({ id }) => id)).toEqual(expect.arrayContaining(['cohort', 'single']))
        expect(found.language!.measured.every(({ rounds: [round] }) => round!.elapsed > 0)).toBe(true)
        expect(found.limits!.bytesPerSecond).toBeGreaterThan(0)
        expect(readFileSync(join(out, 'small.md'), 'utf8')).toContain('these figures say nothing about speed')
      } finally {
        rmSync(out, { recursive: true })
      }
    },
    240_000,
  )
})
