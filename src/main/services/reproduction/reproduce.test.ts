import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../../shared/errors.ts'
import {
  FORMAL_MODELS,
  FORMAL_TASKS,
  PTB,
  PTB_MODELS,
  PUBLISHED_CELLS,
  type PublishedPlan,
} from '../../../shared/published/das-mali-2024.ts'
import type { Claim, Reproduction } from '../../../shared/reproduction.ts'
import { parseStudy } from '../../../shared/study.ts'
import { readStudies } from '../check-study.ts'
import { mean } from '../../../shared/statistics/mean.ts'
import type { ComparedRun } from '../compare.ts'
import { studyFigures } from './figures.ts'
import type { EvidenceInput } from './measure.ts'
import { recognise } from './recognise.ts'
import { reproduce } from './reproduce.ts'
import { again, spec, studied, type Outcome } from './testing/history.ts'
import { scored } from '../../../shared/score.ts'

const PRESETS = join(import.meta.dirname, '..', '..', '..', '..', 'resources', 'presets')
const quick = { resamples: 300 }
const made = (inputs: readonly EvidenceInput[]): Reproduction => reproduce(inputs, [], quick)
const claim = (inputs: readonly EvidenceInput[], id: string): Claim => made(inputs).claims.find(one => one.id === id)!
const stacks = FORMAL_MODELS.filter(({ id }) => id !== 'lstm').map(({ id }) => id)
/** All 28 pairs of task and stack model with the same outcome. */
function everywhere(seeds: number, outcome: Outcome): EvidenceInput[] {
  const one = studied('count-3', 'jm-10', seeds, outcome)
  return FORMAL_TASKS.flatMap(task => stacks.map(model => again(one, task, model)))
}
/** A little different for each seed, so that spread is not 0. */
const noise = (seed: number): number => 0.02 * (((seed * 7) % 5) - 2)

const frozenBetter: Outcome = (plan, seed) =>
  plan === 'frozen-memory' ? { short: 0.8, long: 0.8 + noise(seed) } : { short: 0.8, long: 0.4 + noise(3 * seed) }
const frozenWorse: Outcome = (plan, seed) => frozenBetter(plan === 'frozen-memory' ? 'full' : 'frozen-memory', seed)
const undecided: Outcome = (plan, seed) => ({
  short: 0.8,
  long: 0.5 + (plan === 'frozen-memory' ? 1 : -1) * noise(seed),
})
const floor: Outcome = () => ({ short: 0, long: 0 })

describe('a claim about the mean difference', () => {
  it('is supported where every seed points its way', () => {
    const found = claim(everywhere(10, frozenBetter), 'long-accuracy')
    expect(found).toMatchObject({
      outcome: 'supports',
      pairs: { measured: 28, published: 28 },
      difference: { pairs: 28, seeds: 10, p: 2 / 1024, holmP: 4 / 1024 },
    })
    expect(found.difference!.mean).toBeGreaterThan(0)
    expect(found.difference!.interval!.low).toBeGreaterThan(0)
    expect(found.text).toContain('over 28 pairs and 10 seeds, higher in 28 of 28; Holm-corrected p = 0.004')
  })
  it('is contradicted where every seed points the other way', () => {
    expect(claim(everywhere(10, frozenWorse), 'long-accuracy').outcome).toBe('contradicts')
    expect(claim(everywhere(10, frozenWorse), 'retention').outcome).toBe('contradicts')
  })
  it('stays open where seeds disagree', () => {
    const found = claim(everywhere(10, undecided), 'long-accuracy')
    expect(found.outcome).toBe('open')
    expect(found.difference!.p).toBeGreaterThan(0.05)
  })
  it('has too few seeds where no outcome could show it, however many pairs there are', () => {
    const found = claim(everywhere(3, frozenBetter), 'long-accuracy')
    expect(found.outcome).toBe('too-few-seeds')
    expect(found.text).toContain(
      'the smallest p that 3 seeds can give is 0.250, before it is corrected for 2 claims: at least 7 seeds are needed',
    )
  })
  it('is not settled by a few of its pairs', () => {
    const found = claim(everywhere(10, frozenBetter).slice(0, 13), 'long-accuracy')
    expect(found.outcome).toBe('open')
    expect(found.text).toContain('13 of 28 pairs are too few to speak for all')
    expect(claim(everywhere(10, frozenBetter).slice(0, 14), 'long-accuracy').outcome).toBe('supports')
    const atFloor = studied('count-3', 'jm-10', 10, floor)
    const mostlyFloor = everywhere(10, frozenBetter).map((input, i) =>
      i < 15 ? again(atFloor, input.recognised.task, input.recognised.model) : input,
    )
    expect(claim(mostlyFloor, 'retention')).toMatchObject({
      outcome: 'open',
      difference: { pairs: 13 },
      pairs: { measured: 28 },
    })
  })
  it('is missing where nothing was run, or full training alone', () => {
    expect(claim([], 'long-accuracy')).toMatchObject({
      outcome: 'missing',
      difference: null,
      pairs: { measured: 0, published: 28 },
    })
    expect(
      claim(
        everywhere(10, (plan, seed) => (plan === 'full' ? frozenBetter(plan, seed) : null)),
        'long-accuracy',
      ).outcome,
    ).toBe('missing')
    expect(claim([], 'ptb-perplexity')).toMatchObject({ outcome: 'missing', pairs: { published: 4 } })
  })
  it('takes no account of the LSTM, which has nothing to freeze', () => {
    expect(
      claim(
        FORMAL_TASKS.map(task => studied(task, 'lstm', 10, frozenBetter)),
        'long-accuracy',
      ).outcome,
    ).toBe('missing')
  })
  it('on retention leaves out what is at the floor', () => {
    const inputs = [...everywhere(10, frozenBetter).slice(0, 27), studied('unmarked-copy', 'rns-3-3', 10, floor)]
    const found = claim(inputs, 'retention')
    expect(found).toMatchObject({ outcome: 'supports', difference: { pairs: 27 }, pairs: { measured: 28 } })
    expect(found.text).toContain('Not clearly above the trivial predictor, and left out: rns-3-3 on unmarked-copy.')
    expect(claim(everywhere(10, floor), 'retention')).toMatchObject({ outcome: 'missing', difference: null })
  })
  it('counts every pair the same, also one with fewer seeds', () => {
    const inputs = [studied('count-3', 'jm-10', 10, frozenBetter), studied('count-3', 'rns-3-3', 4, frozenBetter)]
    const gain = (input: EvidenceInput): number => {
      const meanOf = (plan: string): number =>
        mean(input.figures.plans.find(({ id }) => id === plan)!.bins.long!.accuracy!.values.map(({ value }) => value!))!
      return meanOf('frozen-memory') - meanOf('full')
    }
    expect(claim(inputs, 'long-accuracy').difference!.mean).toBeCloseTo((gain(inputs[0]!) + gain(inputs[1]!)) / 2, 12)
  })
})

describe('a claim that something is reached', () => {
  // Far below the floor, which is .99 in the last bin.
  const collapsing: Outcome = (_, seed) => ({ short: 0.9, long: -110 - noise(seed) })

  it('is supported by one pair with enough seeds', () => {
    expect(claim([studied('count-3', 'jm-hidden', 10, frozenBetter)], 'retention-90')).toMatchObject({
      outcome: 'supports',
      pairs: { measured: 1, published: 28 },
    })
    expect(claim([studied('count-3', 'jm-hidden', 10, collapsing)], 'drop-60').outcome).toBe('supports')
  })
  it('needs six seeds', () => {
    const found = claim([studied('count-3', 'jm-hidden', 5, frozenBetter)], 'retention-90')
    expect(found.outcome).toBe('too-few-seeds')
    expect(found.text).toContain('jm-hidden on count-3')
  })
  it('is contradicted only when all pairs were measured and none reaches it', () => {
    expect(claim(everywhere(6, frozenBetter), 'drop-60')).toMatchObject({
      outcome: 'contradicts',
      pairs: { measured: 28, published: 28 },
    })
    const found = claim(everywhere(6, frozenBetter).slice(1), 'drop-60')
    expect(found.outcome).toBe('open')
    expect(found.text).toContain('1 pair not measured')
  })
  it('is not supported by what never left the floor', () => {
    expect(claim([studied('count-3', 'jm-hidden', 10, floor)], 'retention-90')).toMatchObject({
      outcome: 'missing',
      text: expect.stringContaining('1 pair not clearly above the trivial predictor left out'),
    })
  })
})

describe('the card', () => {
  it('has every published cell, measured or not', () => {
    const { cells, coverage, claims } = made([])
    expect(cells).toHaveLength(7 * 5 * 4 + 5 * 4)
    expect(cells.filter(({ published }) => published)).toHaveLength(PUBLISHED_CELLS.length)
    expect(coverage).toEqual({ measured: 0, onOtherLengths: 0, published: 126 })
    expect(claims.every(({ outcome, caveats }) => outcome === 'missing' && caveats.length > 0)).toBe(true)
  })
  it('puts measured figures beside published ones: of the best run by validation, and over seeds', () => {
    const { cells, coverage } = made([
      studied('count-3', 'rns-3-3', 3, (_, seed) => ({ short: 0.5 + 0.1 * seed, long: 0.1 * seed })),
    ])
    const { published, measured } = cells.find(
      ({ task, model, plan }) => task === 'count-3' && model === 'rns-3-3' && plan === 'frozen-memory',
    )!
    expect(published).toMatchObject({ 'accuracy-2': 0.72, 'validation-perplexity': 1.04 })
    expect(measured!.seeds).toEqual([1, 2, 3])
    expect(measured!.figures['validation-perplexity']).toMatchObject({
      chosen: Math.exp(0.051),
      median: Math.exp(0.052),
      max: Math.exp(0.053),
    })
    const { chosen, min, median, max } = measured!.figures['accuracy-2']!
    expect(chosen).toBe(min)
    expect(min! < median! && median! < max!).toBe(true)
    expect(coverage.measured).toBe(4)
  })
  it('says what was run, and what of it differs from the published procedure', () => {
    const [study] = made([
      studied(
        'count-3',
        'rns-3-3',
        3,
        frozenBetter,
        {},
        { training: { epochs: 20, learningRate: 0.01 }, data: { train: { strings: 1000 } } },
      ),
    ]).studies
    expect(study).toMatchObject({
      task: 'count-3',
      model: 'rns-3-3',
      runs: 12,
      planned: 12,
      seeds: [1, 2, 3],
      seconds: 720,
      machines: ['wasm on a processor'],
      testStrings: [20, 20, 20],
    })
    expect(study!.deviations).toEqual([
      '3 seeds (published: 10 restarts)',
      '1,000 training strings (10,000)',
      'at most 20 epochs (200)',
      'learning rate 0.01 (0.0005–0.01, drawn)',
    ])
    expect(made([studied('count-3', 'rns-3-3', 10, frozenBetter)]).studies[0]!.deviations).toEqual([])
  })
  it('uses one study for each task and model: the one with most runs, then the newest', () => {
    const named = (studyId: string, seeds: number): EvidenceInput =>
      studied('count-3', 'rns-3-3', seeds, frozenBetter, { studyId })
    expect(made([named('a', 3), named('b', 5), named('c', 5), named('d', 2)])).toMatchObject({
      studies: [{ studyId: 'c' }],
      leftOut: [{ studyId: 'a' }, { studyId: 'b' }, { studyId: 'd' }],
    })
  })
  it('keeps lengths apart, the published ones first', () => {
    const shorter = { data: { train: { lengths: [10, 20] } } }
    const inputs = [
      studied('count-3', 'jm-10', 3, frozenBetter, {}, shorter),
      studied('count-3', 'jm-hidden', 3, frozenBetter, {}, shorter),
      studied('count-3', 'rns-3-3', 3, frozenBetter),
    ]
    const { protocols, protocol, coverage } = made(inputs)
    expect(protocols.map(({ key, asPublished, studies }) => [key, asPublished, studies])).toEqual([
      ['40-80/40-100/100-200/200-400', true, 1],
      ['10-20/40-100/100-200/200-400', false, 2],
    ])
    expect([protocol.key, coverage.measured]).toEqual(['40-80/40-100/100-200/200-400', 4])
    const other = reproduce(inputs, [], { ...quick, protocol: '10-20/40-100/100-200/200-400' })
    expect(other.coverage).toEqual({ measured: 0, onOtherLengths: 8, published: 126 })
    expect(other.claims[1]!.caveats.join()).toContain('Ours are of other lengths: trained on 10 to 20 symbols')
    expect(() => reproduce(inputs, [], { protocol: '1-2' })).toThrow(InputError)
  })
  it('neither supports nor contradicts a claim by other lengths, however clear they are', () => {
    const shorter = { data: { train: { lengths: [10, 20] } } }
    const on = (outcome: Outcome): Claim => {
      const one = studied('count-3', 'jm-10', 10, outcome, {}, shorter)
      return claim(
        FORMAL_TASKS.flatMap(task => stacks.map(model => again(one, task, model, shorter))),
        'long-accuracy',
      )
    }
    expect(on(frozenBetter)).toMatchObject({
      outcome: 'other-lengths',
      pairs: { measured: 28 },
      text: expect.stringContaining('There it is as claimed.') as string,
    })
    expect(on(frozenWorse)).toMatchObject({
      outcome: 'other-lengths',
      text: expect.stringContaining('There it is contrary to the claim.') as string,
    })
    expect(on(undecided).outcome).toBe('open')
    expect(on(frozenBetter).caveats.at(-1)).toContain('They do not count as the published study.')
  })
  it('does not count the small presets as the published study', () => {
    const small = readStudies(readFileSync(join(PRESETS, 'main-study-desktop.json'), 'utf8'), 'small')
    expect(
      small.every(study => {
        const found = recognise(study)
        return typeof found === 'object' && found.protocol?.asPublished === false
      }),
    ).toBe(true)
    const text = readStudies(readFileSync(join(PRESETS, 'main-study-ptb-desktop.json'), 'utf8'), 'small')
    expect(text.map(study => recognise(study))).toEqual(text.map(() => undefined))
  })
  it('checks the freezing on the LSTM, which has nothing to freeze', () => {
    const control = (outcome: Outcome): string => made([studied('count-3', 'lstm', 3, outcome)]).caveats.at(-1)!
    expect(control(() => ({ short: 0.5, long: 0.5 }))).toContain('all 3 pairs of its runs agree to the last digit')
    expect(control(frozenBetter)).toContain('only 0 of 3 pairs of its runs agree')
  })
  it('gives the same record for the same history', () => {
    const inputs = everywhere(7, frozenBetter)
    expect(made(inputs)).toEqual(made(inputs))
  })
})

describe('the Penn Treebank', () => {
  const seeds = [1, 2, 3, 4, 5, 6, 7]
  /** Nats per symbol: frozen memory better by 0.01 and a little. */
  const treebank = (model: string): EvidenceInput => {
    const { controller, memory } = PTB_MODELS.find(({ id }) => id === model)!
    const own = parseStudy({
      name: model,
      task: { id: PTB, path: 'a-folder' },
      model: { controller, memory },
      plans: ['full', 'frozen-memory'],
      seeds: 7,
      training: { epochs: 30 },
    })
    const runs = seeds.flatMap(seed =>
      own.plans.map((plan): ComparedRun => {
        const nats = 4.8 + 0.001 * seed - (plan.id === 'full' ? 0 : 0.01 + 0.0005 * seed)
        const scores = [
          {
            bin: 'test',
            length: 100,
            ...scored({ strings: 32, symbols: 1000, nats: 1000 * nats, correct: 250, boundNats: NaN, lengthNats: 0 }),
          },
        ]
        return {
          runId: `${plan.id}-${seed}`,
          planId: plan.id,
          seed,
          status: 'finished',
          bestEpoch: 1,
          epochs: 3,
          seconds: 60,
          stepsPerSecond: 1,
          frozenIntact: true,
          scores: { best: scores, last: scores },
        }
      }),
    )
    const recognised = recognise(own)
    if (typeof recognised !== 'object') throw new Error('not recognised')
    return {
      studyId: model,
      name: model,
      spec: own,
      recognised,
      machines: [],
      runs: runs.map(({ planId, seed }) => ({ planId, seed, bestLoss: 4.9 + 0.001 * seed, seconds: 60 })),
      figures: studyFigures({ spec: own, runs, limits: [] }, { resamples: 200 }),
    }
  }

  it('stands beside the published perplexities, under whatever lengths of the formal tasks', () => {
    const { cells, coverage, studies, protocol } = made([
      treebank('rns-4-5'),
      studied('count-3', 'jm-10', 3, frozenBetter),
    ])
    const { measured, published } = cells.find(({ model, plan }) => model === 'rns-4-5' && plan === 'full')!
    expect(published).toEqual({ 'test-perplexity': 126.5 })
    expect(measured!.figures['test-perplexity']).toMatchObject({
      chosen: expect.closeTo(Math.exp(4.801), 8),
      median: expect.closeTo(Math.exp(4.804), 8),
    })
    expect([protocol.asPublished, coverage.measured, studies.length]).toEqual([true, 6, 2])
    expect(studies.find(({ task }) => task === PTB)).toMatchObject({ trainStrings: null, seeds, runs: 14, planned: 14 })
    const other = made([
      treebank('rns-4-5'),
      studied('count-3', 'jm-10', 3, frozenBetter, {}, { data: { train: { lengths: [10, 20] } } }),
    ])
    expect([other.protocol.asPublished, other.coverage]).toEqual([
      false,
      { measured: 2, onOtherLengths: 4, published: 126 },
    ])
    expect(studies.find(({ task }) => task === PTB)!.deviations).toEqual([
      '7 seeds (published: 10 restarts)',
      'at most 30 epochs (100)',
      'learning rate 20 (1–100, drawn)',
      'gradients clipped at 0.25 (0.0112–1.12, drawn)',
    ])
  })
  it('judges the claim model by model, in nats', () => {
    const found = claim(['rns-4-5', 'vrns-3-3-5'].map(treebank), 'ptb-perplexity')
    expect(found).toMatchObject({
      outcome: 'supports',
      pairs: { measured: 2, published: 4 },
      difference: { mean: expect.closeTo(-0.012, 8), seeds: 7, holmP: 2 / 128 },
    })
    expect(found.text).toContain('lower in 2 of 2')
    expect(claim([treebank('rns-4-5')], 'ptb-perplexity').outcome).toBe('open')
    expect(claim([treebank('lstm-256')], 'ptb-perplexity').outcome).toBe('missing')
  })
})

describe('a study of the history', () => {
  it('is known by what it trains, whatever its plans are called', () => {
    const plans = [
      { id: 'nothing', freeze: [] },
      { id: 'm', freeze: [{ what: 'memory' }] },
      { id: 'both', freeze: [{ what: ['memory', 'controller'] }] },
      { id: 'later', freeze: [{ what: 'memory', from: { epoch: 3 } }] },
      { id: 'part', freeze: [{ what: 'memory.actions' }] },
    ]
    const found = recognise(spec('count-3', 'jm-10', { plans }))
    expect(typeof found === 'object' && [...found.plans]).toEqual([
      ['nothing', 'full'],
      ['m', 'frozen-memory'],
      ['both', 'classifier-only'],
    ] satisfies [string, PublishedPlan][])
  })
  it('of other tasks and models is none', () => {
    expect(recognise(spec('marked-reversal', 'jm-10'))).toBeUndefined()
    expect(
      recognise(spec('count-3', 'jm-10', { model: { memory: { id: 'superposition-stack', widths: [11] } } })),
    ).toBeUndefined()
    expect(
      recognise(
        spec('count-3', 'jm-10', {
          model: { controller: { id: 'lstm', units: 21 }, memory: { id: 'superposition-stack' } },
        }),
      ),
    ).toBeUndefined()
    expect(
      recognise(
        spec('count-3', 'jm-10', { model: { controller: { id: 'lstm' }, memory: { id: 'superposition-stack' } } }),
      ),
    ).toMatchObject({ model: 'jm-10' })
  })
  it('with options that this version does not know is none', () => {
    const found = spec('count-3', 'jm-10')
    expect(recognise({ ...found, task: { id: 'count-3', unheard: 1 } })).toBeUndefined()
    expect(
      recognise({ ...found, model: { ...found.model, memory: { id: 'superposition-stack', widths: 'ten' } } }),
    ).toBeUndefined()
  })
  it('with an embedding or dropout is named with the reason', () => {
    for (const part of [{ embedding: {} }, { dropout: 0.2 }]) {
      expect(
        recognise(
          spec('count-3', 'jm-10', { model: { memory: { id: 'superposition-stack', widths: [10] }, ...part } }),
        ),
      ).toContain('an embedding or dropout')
    }
  })
  it('with other bins or plans is named with the reason', () => {
    expect(
      recognise(spec('count-3', 'jm-10', { evaluation: { bins: [{ name: 'one', lengths: [40, 80], perLength: 1 }] } })),
    ).toBe('1 test bin; the published study has 3')
    expect(
      recognise(spec('count-3', 'jm-10', { plans: [{ id: 'x', freeze: [{ what: 'memory', until: { epoch: 2 } }] }] })),
    ).toContain('none of its freeze plans')
  })
})
