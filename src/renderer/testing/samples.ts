import type { Comparison, Summary } from '../../shared/comparison.ts'
import type { LengthCurves } from '../../shared/contract/index.ts'

/** Answers of a host on a small study: two plans, two seeds, two bins. */

function summary(values: readonly [number, number]): Summary {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const mean = Math.round((values[0] + values[1]) * 5000) / 10_000
  return { values: values.map((value, i) => ({ seed: i + 1, value })), mean, meanInterval: { low, high }, median: mean, medianInterval: { low, high }, min: low, max: high }
}

export function sampleComparison(): Comparison {
  const bin = (name: string, lengths: [number, number], floorAccuracy: number, ceilingAccuracy: number) => ({ name, lengths, testedLengths: 20, strings: 200, symbols: 5000, floorAccuracy, ceilingAccuracy, boundPerplexity: 1.5 })
  const plan = (id: string, title: string, short: readonly [number, number], long: readonly [number, number]) => ({
    id, title, seeds: [1, 2], diverged: [], bins: { '10-40': { accuracy: summary(short) }, '81-160': { accuracy: summary(long) } }, retention: summary([long[0] / short[0], long[1] / short[1]]),
    atFloor: false, seedsAtFloor: [], stepsPerSecond: summary([900, 1000]), speedup: null, stability: null,
  })
  return {
    study: 'Sample', weights: 'best', confidence: 0.95, level: 0.05, bins: [bin('10-40', [10, 40], 0.46, 0.735), bin('81-160', [81, 160], 0.49, 0.75)],
    retention: { from: '10-40', to: '81-160', floor: 1.06, ceiling: 1.02 }, reference: 'full', targets: [{ measure: 'accuracy', bin: '81-160' }],
    plans: [plan('full', 'Full training', [0.7, 0.74], [0.4, 0.6]), plan('frozen-memory', 'Memory frozen', [0.69, 0.73], [0.65, 0.75])],
    contrasts: [{
      plan: 'frozen-memory', target: { measure: 'accuracy', bin: '81-160' },
      pairs: [{ seed: 1, plan: 0.65, reference: 0.4, difference: 0.25 }, { seed: 2, plan: 0.75, reference: 0.6, difference: 0.15 }], unpaired: [],
      mean: 0.2, median: 0.2, interval: { low: 0.15, high: 0.25 }, probabilityOfImprovement: 1, test: { method: 'sign-flip', p: 0.5, exact: true, holmP: 0.5 }, smallestP: 0.5, effect: { dz: 2.8, g: 1.6 }, seedsNeeded: { total: 6, further: 4 },
      verdict: { outcome: 'open', text: 'Memory frozen, accuracy on 81-160: 2 paired seeds cannot settle this.' },
    }],
    family: 1, contexts: [], leftOut: [], headline: 'No plan is shown to be better or worse than Full training.', notes: [],
  }
}

export function sampleLengths(): LengthCurves {
  const line = (...values: number[]): Float64Array => Float64Array.from(values)
  const plan = (planId: string, title: string, accuracy: [number, number]) => ({
    planId, title, lengths: line(40, 160), accuracy: line(...accuracy), accuracyLow: line(...accuracy.map((a, i) => Math.round((a - [0.05, 0.1][i]!) * 100) / 100)), accuracyHigh: line(...accuracy.map(a => a + 0.05)),
    crossEntropy: line(0.5, 1.5), crossEntropyLow: line(0.4, 1), crossEntropyHigh: line(0.6, 2), seeds: [1, 2],
  })
  return {
    trainLengths: [10, 40], bins: [{ name: '10-40', lengths: [10, 40] }, { name: '81-160', lengths: [81, 160] }], plans: [plan('full', 'Full training', [0.7, 0.5]), plan('frozen-memory', 'Memory frozen', [0.69, 0.68])],
    contexts: [],
    limits: { lengths: line(40, 160), floorAccuracy: line(0.46, 0.49), ceilingAccuracy: line(0.73, 0.75), boundNats: line(0.3, 0.35) },
  }
}
