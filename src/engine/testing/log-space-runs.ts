/** Logarithms of the weights of one step: push and replace [q][x][r][y], pop [q][x][r]. */
export interface LogWeights {
  readonly push: readonly (readonly (readonly (readonly number[])[])[])[]
  readonly replace: readonly (readonly (readonly (readonly number[])[])[])[]
  readonly pop: readonly (readonly (readonly number[])[])[]
}

function logSum(terms: readonly number[]): number {
  const largest = Math.max(-Infinity, ...terms)
  return largest === -Infinity
    ? largest
    : largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0))
}

/**
 * The recurrences of the study as it prints them (DuSell & Chiang 2023), in the logarithms of the weights: nothing is rescaled.
 * @returns for each time 0 … n, the logarithm of the weight of all runs by state and symbol [r][y]
 */
export function logSpaceWeights(states: number, alphabet: number, steps: readonly LogWeights[]): number[][][] {
  const Q = Array.from({ length: states }, (_, k) => k),
    S = Array.from({ length: alphabet }, (_, k) => k)
  const gamma = new Map<string, number>()
  const runs = (i: number, j: number, ...at: readonly number[]): number =>
    gamma.get(`${i},${j},${at.join()}`) ?? -Infinity
  const set = (i: number, j: number, q: number, x: number, r: number, y: number, value: number): void => {
    if (value > -Infinity) gamma.set(`${i},${j},${q},${x},${r},${y}`, value)
  }
  const start = Q.map(q => S.map(x => (q === 0 && x === 0 ? 0 : -Infinity)))
  set(-1, 0, 0, 0, 0, 0, 0)
  // alpha[k + 1] is that of time k.
  const alpha = [start, start]
  steps.forEach(({ push, replace, pop }, k) => {
    const j = k + 1
    const popped = Array.from({ length: Math.max(0, j - 1) }, (_, time) =>
      Q.map(t =>
        S.map(y => Q.map(r => logSum(Q.flatMap(s => S.map(z => runs(time, j - 1, t, y, s, z) + pop[s]![z]![r]!))))),
      ),
    )
    for (let i = -1; i < j; i++) {
      for (const q of Q)
        for (const x of S)
          for (const r of Q)
            for (const y of S) {
              const terms: number[] = []
              if (i === j - 1) terms.push(push[q]![x]![r]![y]!)
              if (i <= j - 2)
                for (const s of Q) for (const z of S) terms.push(runs(i, j - 1, q, x, s, z) + replace[s]![z]![r]![y]!)
              for (let time = i + 1; time <= j - 2; time++)
                for (const t of Q) terms.push(runs(i, time, q, x, t, y) + popped[time]![t]![y]![r]!)
              set(i, j, q, x, r, y, logSum(terms))
            }
    }
    alpha.push(
      Q.map(r =>
        S.map(y =>
          logSum(
            Array.from({ length: j + 1 }, (_, from) =>
              Q.flatMap(q => S.map(x => alpha[from]![q]![x]! + runs(from - 1, j, q, x, r, y))),
            ).flat(),
          ),
        ),
      ),
    )
  })
  return alpha.slice(1)
}

/** The same divided by their sum. */
export const logSpaceReadings = (...given: Parameters<typeof logSpaceWeights>): number[][][] =>
  logSpaceWeights(...given).map(table => {
    const total = logSum(table.flat())
    return table.map(row => row.map(value => Math.exp(value - total)))
  })
