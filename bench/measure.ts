import type { Peer } from './peers/peer.ts'

export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Milliseconds a step: passed on the clock, and spent by the processor. */
export interface Round {
  readonly elapsed: number
  readonly cpu: number
}

export interface Measured {
  readonly id: string
  readonly title: string
  /** Milliseconds a step, over all timed steps. */
  readonly step: Summary
  readonly steps: number
  /**
   * Means of each round's steps: what ratios are made from. Not medians: where others use the machine, a long step is interrupted and most
   * short ones are not, so that medians favour whoever is faster.
   */
  readonly rounds: readonly Round[]
}

export interface Plan {
  readonly rounds: number
  /** Milliseconds that each peer works in a round; at least one step. */
  readonly slice: number
  /** Milliseconds that each peer works before anything counts, so that compilers are done with it. */
  readonly warmUp: number
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length

export const summary = (values: readonly number[]): Summary => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
})

/** Times all peers in turns (A B C, A B C, …), so that a machine's moods fall on all alike. */
export async function alternate(peers: readonly Peer[], { rounds, slice, warmUp }: Plan): Promise<Measured[]> {
  const runs: { peer: Peer; steps: number; all: number[]; rounds: Round[] }[] = []
  for (const peer of peers)
    runs.push({ peer, steps: Math.max(1, Math.round(slice / (await warm(peer, warmUp)))), all: [], rounds: [] })
  for (let round = 0; round < rounds; round++) {
    for (const run of runs) {
      const { milliseconds, cpu } = await run.peer.run(run.steps)
      run.all.push(...milliseconds)
      run.rounds.push({ elapsed: mean(milliseconds), cpu: cpu / run.steps })
    }
  }
  return runs.map(({ peer: { id, title }, all, rounds }) => ({
    id,
    title,
    step: summary(all),
    steps: all.length,
    rounds,
  }))
}

/** Milliseconds of a step once warm. */
async function warm(peer: Peer, budget: number): Promise<number> {
  let steps = 1,
    last = 0
  for (let spent = 0; spent < budget; steps *= 2) {
    const { milliseconds } = await peer.run(steps)
    spent += milliseconds.reduce((a, b) => a + b)
    last = median(milliseconds)
  }
  return last
}

/** How many times longer a step of `a` takes than one of `b`: median over rounds, in each of which both worked equally long. */
export const ratio = (a: Measured, b: Measured, by: keyof Round): number =>
  median(a.rounds.map((round, i) => round[by] / b.rounds[i]![by]))

const TOLERANCE = 1e-4

/**
 * The largest relative deviation of any peer's losses from the first one's over `updates` updates.
 * @throws Error naming the peer whose losses differ by more than 1e-4: it does another step, and its time means nothing
 */
export async function agreement(peers: readonly Peer[], updates = 20): Promise<number> {
  let reference: readonly number[] | undefined
  let largest = 0
  for (const peer of peers) {
    const { losses } = await peer.run(updates)
    reference ??= losses
    const deviations = losses.map((loss, i) => Math.abs(loss - reference![i]!) / reference![i]!)
    const worst = deviations.findIndex(deviation => !(deviation <= TOLERANCE))
    if (worst >= 0)
      throw new Error(
        `${peer.title} does not do the same step as ${peers[0]!.title}: loss ${losses[worst]} instead of ${reference[worst]} before update ${worst + 1}`,
      )
    largest = Math.max(largest, ...deviations)
  }
  return largest
}
