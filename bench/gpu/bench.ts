import { Gpu } from '../../src/engine/devices/webgpu/gpu.ts'
import { languageModel } from '../language.ts'
import { agreement, alternate, type Measured } from '../measure.ts'
import { ourModel } from '../ours.ts'
import type { Missing, Peer } from '../peers/peer.ts'
import type { StudiedId } from '../problem.ts'
import { floorOf, type Floor } from './floor.ts'
import { measureLimits } from './limits.ts'
import type { GpuOptions } from './options.ts'
import { openLanguage, openStudy, runsOf, type CohortPeer } from './ours.ts'
import { PLAN_IDS, trainedBy } from './plans.ts'
import type { GpuResults, LanguagePart, StudyPart } from './results.ts'
import { Torch } from './torch.ts'

/** Numbers that Adam keeps of each weight; plain SGD keeps none. */
const ADAM_SLOTS = 2

/** Measures all that is asked for, against what PyTorch there is. */
export class GpuBench {
  readonly #options: GpuOptions
  readonly #torches: readonly Torch[]
  /** One line for each thing that was found or is missing. */
  readonly notes = new Set<string>()

  constructor(options: GpuOptions, torches: readonly (Torch | Missing)[]) {
    this.#options = options
    this.#torches = torches.filter(torch => torch instanceof Torch)
    for (const torch of torches) if ('missing' in torch) this.#note(`${torch.title}: ${torch.missing}.`)
  }

  async run(): Promise<GpuResults> {
    const { sections, models, sizes } = this.#options
    const has = (section: (typeof sections)[number]): boolean => sections.includes(section)
    const limits = has('limits') ? await measured(gpu => measureLimits(gpu, sizes)) : null
    const study: StudyPart[] = []
    if (has('study')) for (const model of models) study.push(await this.#study(model))
    return { limits, study, language: has('language') ? await this.#language() : null }
  }

  async #study(model: StudiedId): Promise<StudyPart> {
    const { sizes } = this.#options
    const runs = runsOf(sizes.seeds),
      built = ourModel(model)
    const floors = PLAN_IDS.map(plan => floorOf(built, trainedBy(built, plan), { ...sizes.batch, slots: ADAM_SLOTS }))
    const total = (of: keyof Floor): number => sizes.seeds * floors.reduce((sum, floor) => sum + floor[of], 0)
    const opened: Peer[] = []
    try {
      const cohort = await openStudy(model, sizes.batch, runs)
      opened.push(cohort)
      const peers = await Promise.all(
        PLAN_IDS.map(plan => Promise.all(this.#torches.map(torch => torch.study(model, sizes.batch, plan)))),
      )
      const { allLosses } = await cohort.runAll(sizes.updates)
      for (const [k, plan] of PLAN_IDS.entries()) {
        const own = allLosses[runs.findIndex(run => run.plan === plan && run.seed === 1)]!
        await this.#agree(`${model}, ${plan}`, said(cohort.title, own), peers[k]!)
      }
      opened.push(await openStudy(model, sizes.batch, runs.slice(0, 1)))
      return {
        model,
        runs: runs.length,
        seeds: sizes.seeds,
        floor: { operations: total('operations'), bytes: total('bytes') },
        measured: await this.#alternate([...opened, ...peers.flat()]),
      }
    } finally {
      await this.#close(opened)
    }
  }

  async #language(): Promise<LanguagePart> {
    const { language, languageRuns } = this.#options.sizes
    const built = languageModel(language),
      all = new Set(built.parameters.map(({ name }) => name))
    const floor = floorOf(built, all, { batch: language.streams, length: language.steps, slots: 0 })
    const opened: CohortPeer[] = []
    try {
      const single = await openLanguage(language, 1)
      opened.push(single)
      const peers = await Promise.all(this.#torches.map(torch => torch.language(language)))
      await this.#agree('Language model', single, peers)
      opened.push(await openLanguage(language, languageRuns))
      return { runs: languageRuns, floor, measured: await this.#alternate([...opened, ...peers]) }
    } finally {
      await this.#close(opened)
    }
  }

  async #agree(title: string, ours: Peer, peers: readonly Peer[]): Promise<void> {
    if (peers.length === 0) return
    const { updates } = this.#options.sizes
    this.#note(
      `${title}: losses over ${updates} updates agree within ${(await agreement([ours, ...peers], updates)).toExponential(0)}.`,
    )
  }

  #alternate(peers: readonly Peer[]): Promise<Measured[]> {
    const {
      rounds,
      sizes: { slice, warmUp },
    } = this.#options
    return alternate(peers, { rounds, slice, warmUp })
  }

  async #close(opened: readonly Peer[]): Promise<void> {
    await Promise.all([...opened.map(peer => peer.close()), ...this.#torches.map(torch => torch.drop())])
  }

  #note(line: string): void {
    if (!this.notes.has(line)) console.log(line)
    this.notes.add(line)
  }
}

/** Losses that were there before. */
const said = (title: string, losses: readonly number[]): Peer => ({
  id: 'said',
  title,
  run: () => Promise.resolve({ milliseconds: [], cpu: 0, losses }),
  close: () => Promise.resolve(),
})

async function measured<T>(measure: (gpu: Gpu) => Promise<T>): Promise<T> {
  const gpu = await Gpu.open()
  try {
    return await measure(gpu)
  } finally {
    gpu.destroy()
  }
}
