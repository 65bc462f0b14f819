import type { Share } from '../cohort/engine.ts'
import { HEADER, JOB, MEMBER, ROW_OF_GROUPS } from './shaders.ts'

/** One string of one share, and the floats that its steps take. */
export interface Job { readonly share: number, readonly row: number, readonly floats: number }

/** All strings of all shares, those of one share together. */
export function jobsOf(shares: readonly Share[], floatsFor: (length: number) => number): Job[] {
  return shares.flatMap(({ batch: { size, length } }, share) => {
    const floats = floatsFor(length)
    return Array.from({ length: size }, (_, row) => ({ share, row, floats }))
  })
}

/** Splits jobs, in their order, so that the steps of those in one chunk fit into `mostFloats`; a job that alone does not gets a chunk of its own. */
export function chunksOf(jobs: readonly Job[], mostFloats: number): Job[][] {
  const chunks: Job[][] = []
  let floats = Infinity
  for (const job of jobs) {
    if (floats + job.floats > mostFloats || chunks.at(-1)!.length >= ROW_OF_GROUPS * 2) {
      chunks.push([])
      floats = 0
    }
    chunks.at(-1)!.push(job)
    floats += job.floats
  }
  return chunks
}

/** What the shaders read of a chunk: its jobs, then which of them are each run's, then symbols. */
export function writeJobs(jobs: readonly Job[], shares: readonly Share[]): { words: Int32Array<ArrayBuffer>, members: number, floats: number } {
  const present = [...new Set(jobs.map(({ share }) => share))]
  const membersAt = HEADER.words + jobs.length * JOB.words, symbolsAt = membersAt + present.length * MEMBER.words
  const words = new Int32Array(symbolsAt + jobs.reduce((sum, { share }) => sum + shares[share]!.batch.length, 0))
  const numbers = new Float32Array(words.buffer)
  words[HEADER.jobs] = jobs.length
  words[HEADER.members] = membersAt
  let symbols = symbolsAt, floats = 0
  jobs.forEach((job, k) => {
    const { slot, batch: { size, length, symbols: all } } = shares[job.share]!
    const at = HEADER.words + k * JOB.words
    words[at + JOB.slot] = slot
    words[at + JOB.length] = length
    words[at + JOB.start] = floats
    words[at + JOB.symbols] = symbols
    numbers[at + JOB.weight] = 1 / size
    words.set(all.subarray(job.row * length, (job.row + 1) * length), symbols)
    symbols += length
    floats += job.floats
  })
  present.forEach((share, k) => {
    const at = membersAt + k * MEMBER.words
    words[at + MEMBER.slot] = shares[share]!.slot
    words[at + MEMBER.firstJob] = jobs.findIndex(job => job.share === share)
    words[at + MEMBER.jobs] = jobs.filter(job => job.share === share).length
  })
  return { words, members: present.length, floats }
}
