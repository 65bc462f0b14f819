import type { Batch, RemoteExecutor } from '../../src/engine/devices/device.ts'
import { wasmTracer } from '../../src/engine/devices/wasm/device.ts'
import { openCohort as openOnGpu } from '../../src/engine/devices/webgpu/device.ts'
import { Gpu } from '../../src/engine/devices/webgpu/gpu.ts'
import type { Model } from '../../src/engine/model.ts'
import { fillLanguageModel, languageBatch, languageModel, LANGUAGE_UPDATE, type LanguageSizes } from '../language.ts'
import { ourBatch, ourModel, weightsByOurNames } from '../ours.ts'
import type { Peer, Timed } from '../peers/peer.ts'
import { CLIP_NORM, LEARNING_RATE, problem, type Sizes, type StudiedId } from '../problem.ts'
import { PLAN_IDS, trainedBy, type PlanId } from './plans.ts'

export interface Run {
  readonly plan: PlanId
  readonly seed: number
}
export const runsOf = (seeds: number): Run[] =>
  PLAN_IDS.flatMap(plan => Array.from({ length: seeds }, (_, k) => ({ plan, seed: k + 1 })))

/** Runs that train together; a step of the peer is one of each run. */
export interface CohortPeer extends Peer {
  /** Losses of every run, [runs][steps]. */
  runAll(steps: number): Promise<Timed & { readonly allLosses: readonly (readonly number[])[] }>
}

interface Member {
  readonly executor: RemoteExecutor
  readonly batch: Batch
}
interface Update {
  readonly learningRate: number
  readonly clipNorm: number
}

/** @throws LabError when the GPU has no room for so many runs */
async function openCohort(
  id: string,
  title: string,
  model: Model,
  optimizer: string,
  runs: number,
  begin: (executor: RemoteExecutor, run: number) => Batch,
  update: Update,
): Promise<CohortPeer> {
  const cohort = await openOnGpu(await Gpu.open(), model, { optimizer: { id: optimizer }, runs, tracer: wasmTracer })
  const members = Array.from({ length: runs }, (_, run): Member => {
    const executor = cohort.join()
    return { executor, batch: begin(executor, run) }
  })
  const train = async ({ executor, batch }: Member, steps: number): Promise<number[]> => {
    const losses: number[] = []
    for (let step = 0; step < steps; step++) losses.push((await executor.step(batch, update)).loss)
    return losses
  }
  const runAll: CohortPeer['runAll'] = async steps => {
    const before = process.cpuUsage(),
      start = performance.now()
    const allLosses = await Promise.all(members.map(member => train(member, steps)))
    const elapsed = performance.now() - start,
      { user, system } = process.cpuUsage(before)
    return {
      milliseconds: Array.from({ length: steps }, () => elapsed / steps),
      losses: allLosses[0]!,
      allLosses,
      cpu: (user + system) / 1e3,
    }
  }
  return {
    id,
    title,
    run: runAll,
    runAll,
    close: () => {
      cohort.dispose()
      return Promise.resolve()
    },
  }
}

export function openStudy(model: StudiedId, sizes: Sizes, runs: readonly Run[]): Promise<CohortPeer> {
  const built = ourModel(model)
  return openCohort(
    runs.length === 1 ? 'single' : 'cohort',
    runs.length === 1 ? 'one run on webgpu' : `${runs.length} runs on webgpu, a step of each`,
    built,
    'adam',
    runs.length,
    (executor, run) => {
      const { plan, seed } = runs[run]!
      const given = problem(model, sizes, seed)
      for (const [name, values] of weightsByOurNames(given)) executor.write(name, values)
      executor.setTrainable(trainedBy(built, plan))
      return ourBatch(given)
    },
    { learningRate: LEARNING_RATE, clipNorm: CLIP_NORM },
  )
}

export function openLanguage(sizes: LanguageSizes, runs: number): Promise<CohortPeer> {
  return openCohort(
    runs === 1 ? 'single' : 'cohort',
    runs === 1 ? 'one run on webgpu' : `${runs} runs on webgpu, a step of each`,
    languageModel(sizes),
    'sgd',
    runs,
    executor => {
      fillLanguageModel(executor)
      return languageBatch(sizes)
    },
    LANGUAGE_UPDATE,
  )
}
