import type { Answer } from '../../shared/answer.ts'
import type { Comparison, Summary } from '../../shared/comparison.ts'
import type { LengthCurves } from '../../shared/contract/index.ts'
import type { Reproduction } from '../../shared/reproduction.ts'

/** Answers of a host on a small study: two plans, two seeds, two bins. */

function summary(values: readonly [number, number]): Summary {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const mean = Math.round((values[0] + values[1]) * 5000) / 10_000
  return {
    values: values.map((value, i) => ({ seed: i + 1, value })),
    missing: [],
    mean,
    meanInterval: { low, high },
    median: mean,
    medianInterval: { low, high },
    min: low,
    max: high,
  }
}

function sampleAnswer(): Answer {
  const cell = (plan: string, range: string, skill: number) => ({
    plan,
    range,
    standing: skill < 0.1 ? ('floor' as const) : ('between' as const),
    skill,
    interval: { low: skill - 0.05, high: skill + 0.05 },
    scored: 2,
    of: 2,
    diverged: [],
  })
  const range = (name: string, lengths: [number, number], relation: string, lead: string, rest: string) => ({
    name,
    title: name.replace('-', '–'),
    lengths,
    relation,
    lead,
    rest,
    note: '',
  })
  return {
    headline: 'Full training and Memory frozen learn the trained lengths; Memory frozen carries it to 81–160.',
    scale: { title: 'Skill', zero: 'guessing', one: 'optimal' },
    plans: [
      { id: 'full', title: 'Full training', sameAs: null },
      { id: 'frozen-memory', title: 'Memory frozen', sameAs: null },
    ],
    ranges: [
      {
        ...range(
          '10-40',
          [10, 40],
          'trained on',
          'Full training and Memory frozen come close to the optimum',
          ', skill 0.94 and 0.91.',
        ),
        reading: 'read',
      },
      {
        ...range(
          '81-160',
          [81, 160],
          'four times as long',
          'Memory frozen gets part of the way',
          ', skill 0.81; Full training does not beat guessing.',
        ),
        reading: 'stops',
        note: 'Full training is at the floor here: the reading stops',
      },
    ],
    cells: [
      cell('full', '10-40', 0.94),
      cell('full', '81-160', 0.04),
      cell('frozen-memory', '10-40', 0.91),
      cell('frozen-memory', '81-160', 0.81),
    ],
  }
}

export function sampleComparison(): Comparison {
  const bin = (name: string, lengths: [number, number], floorAccuracy: number, ceilingAccuracy: number) => ({
    name,
    lengths,
    testedLengths: 20,
    strings: 200,
    symbols: 5000,
    floorAccuracy,
    ceilingAccuracy,
    floorPerplexity: null,
    boundPerplexity: 1.5,
  })
  const plan = (id: string, title: string, short: readonly [number, number], long: readonly [number, number]) => ({
    id,
    title,
    sameAs: null,
    seeds: [1, 2],
    diverged: [],
    bins: { '10-40': { accuracy: summary(short) }, '81-160': { accuracy: summary(long) } },
    retention: summary([long[0] / short[0], long[1] / short[1]]),
    atFloor: false,
    seedsAtFloor: [],
    stepsPerSecond: summary([900, 1000]),
    speedup: null,
    stability: null,
  })
  return {
    study: 'Sample',
    weights: 'best',
    confidence: 0.95,
    level: 0.05,
    answer: sampleAnswer(),
    bins: [bin('10-40', [10, 40], 0.46, 0.735), bin('81-160', [81, 160], 0.49, 0.75)],
    retention: { from: '10-40', to: '81-160', floor: 1.06, ceiling: 1.02 },
    reference: 'full',
    targets: [{ measure: 'accuracy', bin: '81-160' }],
    plans: [
      plan('full', 'Full training', [0.7, 0.74], [0.4, 0.6]),
      plan('frozen-memory', 'Memory frozen', [0.69, 0.73], [0.65, 0.75]),
    ],
    contrasts: [
      {
        plan: 'frozen-memory',
        target: { measure: 'accuracy', bin: '81-160' },
        pairs: [
          { seed: 1, plan: 0.65, reference: 0.4, difference: 0.25 },
          { seed: 2, plan: 0.75, reference: 0.6, difference: 0.15 },
        ],
        unpaired: [],
        mean: 0.2,
        median: 0.2,
        interval: { low: 0.15, high: 0.25 },
        probabilityOfImprovement: 1,
        test: { method: 'sign-flip', p: 0.5, exact: true, holmP: 0.5 },
        smallestP: 0.5,
        effect: { dz: 2.8, g: 1.6 },
        seedsNeeded: { total: 6, further: 4 },
        intervalOf: 'mean',
        verdict: {
          outcome: 'open',
          text: 'Memory frozen, accuracy on 81–160: 2 paired seeds cannot settle this.',
          evidence: '2 of 2 seeds better',
        },
      },
    ],
    family: 1,
    contexts: [],
    leftOut: [],
    headline: 'No plan is shown to be better or worse than Full training.',
    notes: [],
  }
}

export function sampleLengths(): LengthCurves {
  const line = (...values: number[]): Float64Array => Float64Array.from(values)
  const plan = (planId: string, title: string, accuracy: [number, number]) => ({
    planId,
    title,
    lengths: line(40, 160),
    accuracy: line(...accuracy),
    accuracyLow: line(...accuracy.map((a, i) => Math.round((a - [0.05, 0.1][i]!) * 100) / 100)),
    accuracyHigh: line(...accuracy.map(a => a + 0.05)),
    crossEntropy: line(0.5, 1.5),
    crossEntropyLow: line(0.4, 1),
    crossEntropyHigh: line(0.6, 2),
    perplexity: line(1.7, 5),
    perplexityLow: line(1.5, 3),
    perplexityHigh: line(1.8, 8),
    seeds: [1, 2],
  })
  return {
    isText: false,
    trainLengths: [10, 40],
    bins: [
      { name: '10-40', lengths: [10, 40] },
      { name: '81-160', lengths: [81, 160] },
    ],
    plans: [plan('full', 'Full training', [0.7, 0.5]), plan('frozen-memory', 'Memory frozen', [0.69, 0.68])],
    contexts: [],
    limits: {
      lengths: line(40, 160),
      floorAccuracy: line(0.46, 0.49),
      ceilingAccuracy: line(0.73, 0.75),
      boundNats: line(0.3, 0.35),
      floorPerplexity: line(Number.NaN, Number.NaN),
    },
    contextFloor: null,
  }
}

/** One study of one pair, three seeds. */
export function sampleCard(): Reproduction {
  const cell = (plan: 'full' | 'frozen-memory', published: number, chosen: number) => ({
    task: 'count-3',
    model: 'rns-3-3',
    plan,
    published: { 'accuracy-2': published },
    measured: {
      studyId: 's1',
      seeds: [1, 2, 3],
      figures: { 'accuracy-2': { chosen, median: 0.7, min: 0.6, max: 0.8 } },
      atFloor: plan === 'full',
    },
  })
  const protocol = {
    key: '40-80/40-100/100-200/200-400',
    trainLengths: [40, 80] as [number, number],
    bins: [
      [40, 100],
      [100, 200],
      [200, 400],
    ] as [number, number][],
    asPublished: true,
    studies: 1,
  }
  return {
    source: {
      title: 'A study',
      authors: 'Das & Mali 2024',
      identifier: 'arXiv:2410.03154',
      url: 'https://arxiv.org/abs/2410.03154',
    },
    protocols: [protocol, { ...protocol, key: 'short', trainLengths: [10, 20], asPublished: false }],
    protocol,
    tasks: [
      { id: 'count-3', title: 'Count to three' },
      { id: 'penn-treebank', title: 'Penn Treebank' },
    ],
    models: [
      { id: 'rns-3-3', title: 'RNS 3-3', task: 'formal' },
      { id: 'jm-10', title: 'Superposition 10', task: 'formal' },
      { id: 'rns-4-5', title: 'RNS 4-5', task: 'text' },
    ],
    cells: [
      cell('full', 0.85, 0.77),
      cell('frozen-memory', 0.72, 0.66),
      {
        task: 'penn-treebank',
        model: 'rns-4-5',
        plan: 'full',
        published: { 'test-perplexity': 126.5 },
        measured: null,
      },
    ],
    coverage: { measured: 2, onOtherLengths: 0, published: 126 },
    claims: [
      {
        id: 'long-accuracy',
        claim: 'Freezing the memory improves accuracy.',
        measure: 'accuracy',
        published: 'Its tables: +0.004.',
        outcome: 'too-few-seeds',
        text: '−0.11 over 1 pair and 3 seeds.',
        difference: { mean: -0.11, interval: { low: -0.2, high: -0.05 }, p: 0.25, holmP: 0.5, pairs: 1, seeds: 3 },
        pairs: { measured: 1, published: 28 },
        caveats: ['Less than the last printed digit.'],
      },
    ],
    studies: [
      {
        studyId: 's1',
        name: 'Sample',
        task: 'count-3',
        model: 'rns-3-3',
        runs: 6,
        planned: 6,
        seeds: [1, 2, 3],
        plans: ['full', 'frozen-memory'],
        trainStrings: 1000,
        validationStrings: 100,
        testStrings: [20, 20, 20],
        epochs: 20,
        seconds: 90,
        machines: ['wasm on a processor'],
        deviations: ['3 seeds (published: 10 restarts)'],
      },
    ],
    leftOut: [{ studyId: 's2', name: 'Other', reason: 'no run has ended' }],
    caveats: ['The captions contradict each other.'],
  }
}
