import { LabError } from '../../../shared/errors.ts'
import type { Model } from '../../model.ts'
import type { Share } from '../cohort/engine.ts'
import { packState, stateFloats } from './carried.ts'
import type { Layout } from './layout.ts'
import { HEADER, JOB, MEMBER, ROW_OF_GROUPS, SEGMENT } from './shaders.ts'

/** One string of one share. */
export interface Job {
  readonly share: number
  readonly row: number
  /** Floats that its steps take. */
  readonly floats: number
  /** Where its results begin, and how many predictions come before the state in them. */
  readonly results: number
  readonly predictions: number
}

export interface JobSizes {
  readonly layout: Pick<Layout, 'floats' | 'rows'>
  /** Whether every prediction has a result of its own, rather than all of a string together. */
  readonly perPrediction: boolean
}

/** All strings of all shares, those of one share together. */
export function jobsOf(
  shares: readonly Share[],
  { reads, graph }: Model,
  { layout, perPrediction }: JobSizes,
): { jobs: Job[]; results: number } {
  const isText = reads === 'text'
  let results = 0
  const jobs = shares.flatMap(({ batch: { size, length, carried } }, share) => {
    const age = carried?.age ?? 0
    const floats = layout.floats(length, age)
    const predictions = perPrediction ? length + (isText ? 0 : 1) : 1
    const own = 2 * predictions + (isText ? stateFloats(graph.states, layout.rows(length, length, age)) : 0)
    return Array.from({ length: size }, (_, row): Job => ({
      share,
      row,
      floats,
      results: (results += own) - own,
      predictions,
    }))
  })
  return { jobs, results }
}

/** Splits jobs, in their order, so that the steps of those in one chunk fit into `mostFloats`. @throws LabError `out-of-memory` for a job that alone does not */
export function chunksOf(jobs: readonly Job[], mostFloats: number, name: string): Job[][] {
  const chunks: Job[][] = []
  let floats = Infinity
  for (const job of jobs) {
    if (job.floats > mostFloats)
      throw new LabError(
        'out-of-memory',
        tooLarge('the steps of one string of this length', job.floats, name, mostFloats),
      )
    if (floats + job.floats > mostFloats || chunks.at(-1)!.length >= ROW_OF_GROUPS * 2 - 1) {
      chunks.push([])
      floats = 0
    }
    chunks.at(-1)!.push(job)
    floats += job.floats
  }
  return chunks
}

const mebibytes = (floats: number): number => floats / 2 ** 18

/** @param what needs so many floats, in the plural */
export const tooLarge = (what: string, floats: number, name: string, mostFloats: number): string =>
  `${what} need ${Math.ceil(mebibytes(floats))} MiB; one buffer of ${name} holds at most ${Math.floor(mebibytes(mostFloats))}`

/** What the shaders read of a chunk, and what the host must know to start them. */
export interface Written {
  readonly words: Int32Array<ArrayBuffer>
  readonly jobs: number
  readonly members: number
  /** Floats of all steps. */
  readonly floats: number
  readonly longest: number
  /** Most time steps, the one before the first symbol included, that one member's strings have together. */
  readonly mostRows: number
  readonly segments: number
}

/** Numbers that follow each other, made room for as they come. */
class Words {
  #words = new Int32Array(1024)
  #numbers = new Float32Array(this.#words.buffer)
  length = 0

  /** Room for so many, and where it begins. */
  take(count: number): number {
    const at = this.length
    this.length += count
    if (this.length > this.#words.length) {
      const words = new Int32Array(2 * this.length)
      words.set(this.#words)
      this.#words = words
      this.#numbers = new Float32Array(words.buffer)
    }
    return at
  }

  set(at: number, values: ArrayLike<number>): void {
    this.#words.set(values, at)
  }
  setFloat(at: number, value: number): void {
    this.#numbers[at] = value
  }
  floats(at: number, count: number): Float32Array {
    return this.#numbers.subarray(at, at + count)
  }
  done(): Int32Array<ArrayBuffer> {
    return this.#words.subarray(0, this.length)
  }
}

/** Jobs, which of them are each run's, symbols, masks, the state carried on, and, where `gathers`, which steps read each symbol. */
export function writeJobs(
  jobs: readonly Job[],
  shares: readonly Share[],
  model: Model,
  layout: Pick<Layout, 'rows'>,
  gathers: boolean,
): Written {
  const words = new Words()
  const present = [...new Set(jobs.map(({ share }) => share))]
  words.take(HEADER.words)
  const jobsAt = words.take(jobs.length * JOB.words),
    membersAt = words.take(present.length * MEMBER.words)
  let floats = 0
  jobs.forEach((job, k) => {
    const { slot, batch } = shares[job.share]!
    const { size, length, symbols, next, carried } = batch
    const at = jobsAt + k * JOB.words
    const symbolsAt = words.take(length + 1)
    words.set(symbolsAt, symbols.subarray(job.row * length, (job.row + 1) * length))
    words.set(symbolsAt + length, [next ? next[job.row]! : model.inputs])
    const age = carried?.age ?? 0
    const masksAt = writeMasks(words, model, batch, job.row)
    let carriedAt = -1
    if (carried) {
      const rows = layout.rows(0, length, age),
        count = stateFloats(model.graph.states, rows)
      carriedAt = words.take(count)
      packState(words.floats(carriedAt, count), model.graph.states, rows, carried, job.row)
    }
    const values = {
      [JOB.slot]: slot,
      [JOB.length]: length,
      [JOB.start]: floats,
      [JOB.symbols]: symbolsAt,
      [JOB.age]: age,
      [JOB.masks]: masksAt,
      [JOB.carried]: carriedAt,
      [JOB.results]: job.results,
    }
    for (const [field, value] of Object.entries(values)) words.set(at + Number(field), [value])
    words.setFloat(at + JOB.weight, 1 / (size * (next ? length : 1)))
    floats += job.floats
  })
  let mostRows = 0
  present.forEach((share, k) => {
    const {
      slot,
      batch: { length },
    } = shares[share]!
    const own = jobs.filter(job => job.share === share).length
    words.set(membersAt + k * MEMBER.words, [slot, jobs.findIndex(job => job.share === share), own])
    mostRows = Math.max(mostRows, own * (length + 1))
  })
  const segments = gathers ? segmentsOf(jobs, shares) : []
  const segmentsAt = words.take(segments.length * SEGMENT.words)
  segments.forEach(({ slot, symbol, steps }, k) => {
    const from = words.take(steps.length)
    words.set(from, steps)
    words.set(segmentsAt + k * SEGMENT.words, [slot, symbol, from, from + steps.length])
  })
  words.set(0, [jobs.length, membersAt, segmentsAt, segments.length])
  return {
    words: words.done(),
    jobs: jobs.length,
    members: present.length,
    floats,
    longest: Math.max(...present.map(share => shares[share]!.batch.length)),
    mostRows,
    segments: segments.length,
  }
}

function writeMasks(words: Words, { masks }: Model, { length, masks: given }: Share['batch'], row: number): number {
  if (masks.length === 0 || !given || given.size === 0) return -1
  const first = words.length
  for (const { name, width } of masks) {
    const count = (length + 1) * width,
      at = words.take(count)
    const own = given.get(name)
    if (own) words.floats(at, count).set(own.subarray(row * count, (row + 1) * count))
    else words.floats(at, count).fill(1)
  }
  return first
}

/** For each run and each symbol that its strings read: the steps that read it, as job and time, in their order. */
function segmentsOf(
  jobs: readonly Job[],
  shares: readonly Share[],
): { slot: number; symbol: number; steps: number[] }[] {
  const found = new Map<number, Map<number, number[]>>()
  jobs.forEach(({ share, row }, job) => {
    const {
      batch: { length, symbols },
    } = shares[share]!
    const own = found.get(share) ?? new Map<number, number[]>()
    found.set(share, own)
    for (let t = 1; t <= length; t++) {
      const symbol = symbols[row * length + t - 1]!
      const steps = own.get(symbol)
      if (steps) steps.push(job, t)
      else own.set(symbol, [job, t])
    }
  })
  return [...found].flatMap(([share, own]) =>
    [...own].map(([symbol, steps]) => ({ slot: shares[share]!.slot, symbol, steps })),
  )
}
