import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import { WasmExecutor } from '../../engine/devices/wasm/executor.ts'
import { wasmDevice } from '../../engine/devices/wasm/device.ts'
import { webgpuDevice } from '../../engine/devices/webgpu/testing/device.ts'
import { useSoftwareGpu } from '../../engine/devices/webgpu/testing/software-gpu.ts'
import { relativeError } from '../../engine/testing/model-laws.ts'
import { trainRun } from '../../engine/train/train.ts'
import type { EpochEvent } from '../../shared/run-events.ts'
import type { RunSummary } from '../../shared/records.ts'
import { parseStudy } from '../../shared/study.ts'
import { composeLab, type Lab } from '../compose.ts'
import { placesOn } from '../devices/places.ts'
import { openHistory, type History } from '../history/history.ts'
import { withHome } from '../history/testing/fixtures.ts'
import { languageOf, modelOf } from '../services/check-study.ts'
import { runCli, startCli } from '../shells/cli/testing/cli-process.ts'
import { studyFile } from '../shells/cli/testing/studies.ts'
import { deviceChoice } from './device-choice.ts'
import { forked } from './fork.ts'
import { measureStep } from './measure-step.ts'
import { figures } from '../../shared/score.ts'

useSoftwareGpu()
const { available, note } = await webgpuDevice.state()

/** Relative difference of losses from those of `wasm`, after as many updates as here. */
const TOLERANCE = 1e-3

const SPEC = {
  name: 'Cohort',
  task: { id: 'marked-reversal' },
  seeds: [1, 2],
  model: { controller: { id: 'elman', units: 4 }, memory: { id: 'superposition-stack', widths: [2] } },
  plans: ['full', { id: 'later', freeze: [{ what: 'memory' }, { what: 'controller', from: { epoch: 2 } }] }],
  data: { train: { strings: 60, lengths: [3, 9] }, validation: { strings: 8, lengths: [3, 9] } },
  evaluation: { bins: [{ name: 'long', lengths: [11, 15], perLength: 2 }] },
  training: { batch: 5, epochs: 6, learningRate: 0.02, earlyStop: null },
}
const study = parseStudy(SPEC)
const here = (file: string): string => join(import.meta.dirname, file)
const startWorker = (): Worker => new Worker(here('worker.ts'))
const startIsolated = forked(here('training-process.ts'), here('worker.ts'))

async function withLab(use: (lab: Lab) => Promise<void>): Promise<void> {
  await withHome(async home => {
    const lab = composeLab({
      home,
      startWorker,
      startIsolated,
      app: { version: '1.2.3', commit: null, lockHash: null },
    })
    try {
      await use(lab)
    } finally {
      await lab.close()
    }
  })
}

const lossesIn = (epochs: readonly Pick<EpochEvent, 'trainLoss' | 'validation'>[]): number[] =>
  epochs.flatMap(({ trainLoss, validation }) => [trainLoss, figures(validation).loss])

async function onWasm({ planId, seed }: RunSummary): Promise<EpochEvent[]> {
  const executor = new WasmExecutor(modelOf(study), study.training.optimizer)
  const epochs: EpochEvent[] = []
  for await (const event of trainRun({
    study,
    plan: study.plans.find(({ id }) => id === planId)!,
    seed,
    language: languageOf(study),
    executor,
  }))
    if (event.kind === 'epoch') epochs.push(event)
  return epochs
}

/** Every run of the study has come to its end, with the losses of `wasm`, and what is frozen has not moved. */
async function agrees(history: History): Promise<void> {
  for (const run of history.runs.list()) {
    const where = `${run.planId} ${run.seed}`
    const [epochs, expected] = [history.epochs.list(run.id), await onWasm(run)]
    expect(run, where).toMatchObject({ status: 'finished', frozenIntact: true })
    expect(relativeError(lossesIn(epochs), lossesIn(expected)), where).toBeLessThan(TOLERANCE)
    expect(
      epochs.map(({ frozen }) => frozen),
      where,
    ).toEqual(expected.map(({ frozen }) => frozen))
    if (run.planId === 'later')
      expect(
        epochs.map(({ hashes }) => hashes.memory),
        where,
      ).toEqual(expected.map(({ hashes }) => hashes.memory))
  }
}

describe.skipIf(!available)(available ? 'cohorts on webgpu' : `cohorts on webgpu (skipped: ${note})`, () => {
  it('train a study as wasm does, all its runs at once', () =>
    withLab(async lab => {
      lab.history.studies.add(study)
      const training = lab.training({ device: { id: 'webgpu', note }, always: true })
      training.start()
      await vi.waitUntil(() => training.crews()[0]?.length === 4, { timeout: 500_000 })
      await vi.waitUntil(() => lab.history.runs.count({ statuses: ['queued', 'running'] }) === 0, {
        timeout: 500_000,
        interval: 200,
      })
      await agrees(lab.history)
      for (const { id } of lab.history.runs.list())
        expect(lab.history.runs.attempts(id).map(({ environment: { device } }) => device)).toEqual([
          { id: 'webgpu', note, cohort: 4 },
        ])
    }))

  it('go on after a kill from their checkpoints', () =>
    withHome(async folder => {
      const home = join(folder, 'home')
      const flags = ['--home', home, '--device', 'webgpu', '--json']
      const first = startCli(['run', studyFile(folder, SPEC), ...flags, '--checkpoint-every', '0'])
      await first.says('"epoch":1')
      first.child.kill('SIGKILL')
      await first.finished
      const second = await runCli(['resume', ...flags])
      expect(second.code, second.err).toBe(0)
      const history = openHistory({ home })
      try {
        await agrees(history)
        for (const { id } of history.runs.list()) {
          const [began, wentOn] = history.runs.attempts(id)
          expect([began!.outcome, wentOn!.outcome]).toEqual(['interrupted', 'finished'])
          expect(wentOn!.fromStep).toBeGreaterThan(0)
        }
      } finally {
        history.close()
      }
    }))

  it('are stopped by Ctrl-C, which reaches their process too, with a checkpoint each', () =>
    withHome(async folder => {
      const home = join(folder, 'home')
      const file = studyFile(folder, { ...SPEC, training: { ...SPEC.training, epochs: 5_000 } })
      const child = spawn(
        process.execPath,
        [
          '--disable-warning=ExperimentalWarning',
          here('../cli.ts'),
          'run',
          file,
          '--home',
          home,
          '--device',
          'webgpu',
          '--json',
        ],
        { detached: true, stdio: ['ignore', 'pipe', 'ignore'] },
      )
      const ended = new Promise<number | null>(resolve => child.on('exit', resolve))
      await new Promise<void>(resolve =>
        child.stdout.on('data', (chunk: Buffer) => {
          if (chunk.includes('"epoch":1')) resolve()
        }),
      )
      process.kill(-child.pid!, 'SIGINT')
      expect(await ended).toBe(130)
      const history = openHistory({ home })
      try {
        for (const { id, status, step } of history.runs.list()) {
          expect(status).toBe('cancelled')
          expect(history.checkpoints.read(id, 'last')).toMatchObject({ step })
        }
      } finally {
        history.close()
      }
    }))

  it('are not chosen where a processor stands in for the GPU', async () => {
    const choose = deviceChoice({
      devices: [wasmDevice, webgpuDevice],
      places: placesOn,
      measure: (one, device, limits) =>
        measureStep(device.isolated ? startIsolated : startWorker, {
          kind: 'measure',
          study: one,
          device: device.id,
          ...limits,
        }),
    })
    const many = parseStudy({
      ...SPEC,
      plans: ['full', 'frozen-memory', 'frozen-controller', 'classifier-only'],
      seeds: 10,
      training: { ...SPEC.training, batch: 10 },
      data: { ...SPEC.data, train: { strings: 100, lengths: [40, 60] } },
    })
    for (const one of [study, many])
      expect((await choose(one, 'auto', 2)).map(({ device }) => device.id)).toEqual(['wasm'])
  })

  it("are reckoned with when a draft's time is estimated", () =>
    withLab(async lab => {
      const { signal } = new AbortController()
      const [one, four] = await Promise.all(
        [{ ...SPEC, plans: ['full'], seeds: [1] }, SPEC].map(content =>
          lab.estimateApart({ content, device: 'webgpu', workers: 1 }, signal),
        ),
      )
      expect([one!.runs, four!.runs, four!.plans.map(({ plan }) => plan)]).toEqual([1, 4, ['full', 'later']])
      // All four are trained together, in far less than four times the time of one.
      const [first, second] = four!.plans
      expect(first!.secondsPerStep).toBe(second!.secondsPerStep)
      expect(four!.seconds).toBeGreaterThan(72 * first!.secondsPerStep)
      expect(four!.seconds).toBeLessThan(3 * 72 * first!.secondsPerStep)
    }))
})
