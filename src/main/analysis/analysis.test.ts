import fc from 'fast-check'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import { findDevice } from '../../engine/devices/index.ts'
import { initialWeights } from '../../engine/train/initialise.ts'
import { writeWeights } from '../../engine/train/weights.ts'
import { floorAndCeiling, floorAndCeilingByLength } from '../../engine/tasks/figures.ts'
import { tasks } from '../../engine/tasks/index.ts'
import { buildModel, parameterCounts } from '../../engine/model.ts'
import { chance } from '../../engine/chance.ts'
import { bootstrapInterval } from '../../shared/statistics/bootstrap.ts'
import { mean } from '../../shared/statistics/mean.ts'
import { openAnalysis } from './analysis.ts'
import { bandOver } from './bands.ts'
import { checkDraft } from './check-draft.ts'
import { estimate } from './estimate.ts'
import { languageFor, symbolsIn, textOf } from './languages.ts'
import { bandOf } from './length-curves.ts'
import { previewModel } from './preview-model.ts'
import { limitsAt, previewTask } from './preview-task.ts'

vi.mock('../../engine/tasks/figures.ts', { spy: true })

const STUDY = {
  name: 'Small',
  task: { id: 'marked-reversal' },
  model: { controller: { id: 'lstm', units: 4 }, memory: { id: 'superposition-stack', widths: [2] } },
  plans: ['full', 'frozen-memory'],
  seeds: 3,
  data: { train: { strings: 100, lengths: [5, 15] }, validation: { strings: 20, lengths: [5, 15] } },
  evaluation: { bins: [{ name: 'a', lengths: [5, 25], perLength: 5 }] },
  training: { epochs: 3 },
}

describe('a draft', () => {
  it('that is sound has no problems, and what it amounts to', () => {
    expect(checkDraft(STUDY)).toEqual({
      problems: [],
      studies: [{ name: 'Small', runs: 6, stepsPerRun: 30, parameters: expect.any(Number), same: [] }],
    })
    const { parameters } = buildModel(
      checkDraft(STUDY) && { controller: { id: 'lstm', units: 4 }, memory: { id: 'superposition-stack', widths: [2] } },
      3,
    )
    expect(checkDraft(STUDY).studies[0]!.parameters).toBe(
      Object.values(parameterCounts({ parameters })).reduce((a, b) => a + b, 0),
    )
  })

  it('names plans that are the same training, and counts their runs once', () => {
    const [study] = checkDraft({ ...STUDY, model: {}, plans: undefined }).studies
    expect([study!.runs, study!.same]).toEqual([
      6,
      [
        { plan: 'frozen-memory', twin: 'full' },
        { plan: 'classifier-only', twin: 'frozen-controller' },
      ],
    ])
  })

  it.each([
    ['no record', 7, ['']],
    ['nothing', {}, ['name', 'task']],
    ['an unknown task', { ...STUDY, task: { id: 'x' } }, ['task.id']],
    [
      'several fields at once',
      { ...STUDY, name: '', seeds: 0, training: { epochs: 0, batch: 'x' } },
      ['name', 'seeds', 'training.batch', 'training.epochs'],
    ],
    [
      'options of several parts',
      {
        ...STUDY,
        task: { id: 'marked-reversal', kinds: 0, size: 1 },
        model: { controller: { id: 'lstm', units: -1 }, memory: { id: 'superposition-stack', widths: [] } },
        training: { optimizer: { id: 'adam', beta1: 2 } },
      },
      ['model.controller.units', 'model.memory.widths', 'task.kinds', 'task.size', 'training.optimizer.beta1'],
    ],
    ['form and options', { ...STUDY, seeds: 'x', task: { id: 'marked-reversal', kinds: 0 } }, ['seeds', 'task.kinds']],
    [
      'lengths without strings',
      {
        ...STUDY,
        data: { train: { lengths: [4, 4] }, validation: { lengths: [5, 5] } },
        evaluation: { bins: [{ name: 'a', lengths: [6, 6], perLength: 1 }] },
      },
      ['data.train.lengths', 'evaluation.bins.0.lengths'],
    ],
    [
      'lanes of a plan',
      {
        ...STUDY,
        plans: [
          'full',
          {
            id: 'x',
            freeze: [
              { what: 'memory' },
              { what: 'memery' },
              { what: 'memory', from: { epoch: 5 }, until: { epoch: 3 } },
            ],
          },
        ],
      },
      ['plans.1.freeze.1.what', 'plans.1.freeze.2.until.epoch'],
    ],
    ['a plan twice', { ...STUDY, plans: ['full', 'full'] }, ['plans']],
    ['an unknown field', { ...STUDY, sedes: 3 }, ['sedes']],
    [
      'a grid’s model',
      {
        name: 'g',
        tasks: [{ id: 'marked-reversal' }],
        models: [{ name: 'a', memory: { id: 'y' } }],
        data: STUDY.data,
        evaluation: STUDY.evaluation,
      },
      ['model.memory.id'],
    ],
    ['a grid without models', { name: 'g', tasks: [{ id: 'marked-reversal' }] }, ['models']],
  ])('names every field that is not usable: %s', (_, content, paths) => {
    const { problems, studies } = checkDraft(content)
    expect([...new Set(problems.map(({ path }) => path))].sort()).toEqual(paths)
    for (const { message } of problems) expect(message.length).toBeGreaterThan(8)
    expect(studies).toEqual([])
  })

  it.each([
    ['seeds', '1-2000000', '2000000 seeds are too many: at most 10000'],
    ['seeds', 'three', '“three” is no seed: whole numbers and ranges, such as 1-5, 9'],
    ['seeds', 2_000_000, 'allowed: at most 10000'],
    ['data.train.strings', '2.000', '“2.000” can be read as 2 or as 2000: write 2 or 2000'],
    ['data.train.lengths', [40, ''], 'needs a number'],
    ['training.learningRate', '', 'needs a number'],
    ['training.learningRate', -1, 'allowed: more than 0'],
    ['training.clipNorm', 'x', '“x” is no number'],
    ['training.decay', { factor: '', patience: 5 }, 'needs a number'],
    ['plans', [{ id: 'x', freeze: [{ what: 'memory', from: { plateau: 0 } }] }], 'allowed: at least 1'],
    ['model.memory.widths', [0], 'allowed: a list of whole numbers, each from 1 to 4096'],
    ['model.controller.units', '20', '"20" is a text; allowed: a whole number from 1 to 8192'],
  ])('says of %s %j the true reason', (path, value, message) => {
    const keys = path.split('.')
    const put = (at: unknown, [key, ...rest]: string[]): unknown =>
      key === undefined ? value : { ...(at as object), [key]: put((at as Record<string, unknown>)[key] ?? {}, rest) }
    const { problems } = checkDraft(put(STUDY, keys))
    expect(problems.map(problem => problem.message)).toEqual([message])
    expect(problems[0]!.path.startsWith(path)).toBe(true)
  })

  it('that is a grid makes every task × model', () => {
    const { tasks: _, ...common } = { ...STUDY, tasks: [] }
    const { task, model, ...rest } = common
    expect(
      checkDraft({
        ...rest,
        tasks: [task, { id: 'marked-copy' }],
        models: [{ name: 'a', ...model }, { name: 'b' }],
      }).studies.map(({ name }) => name),
    ).toEqual([
      'Small · marked-reversal · a',
      'Small · marked-reversal · b',
      'Small · marked-copy · a',
      'Small · marked-copy · b',
    ])
  })

  it('that is a grid names a problem once, and the studies that have it unless all do', () => {
    const grid = (models: object[]) => checkDraft({ name: 'g', tasks: [{ id: 'penn-treebank' }], models }).problems
    expect(grid([{ name: 'a' }, { name: 'b' }])).toEqual([
      {
        path: 'task.path',
        message: expect.stringMatching(/^allowed: a folder or archive with ptb\.train\.txt/) as string,
      },
    ])
    const grown = { memory: { id: 'nondeterministic-stack' } }
    expect(
      checkDraft({
        name: 'g',
        tasks: [{ id: 'text' }],
        models: [{ name: 'a' }, { name: 'b', ...grown }, { name: 'c', ...grown }],
      }).problems,
    ).toEqual([
      {
        path: 'model.memory.window',
        message: 'g · text · b and 1 more: allowed: at most 1000 for text, through which the memory is carried on',
      },
    ])
  })

  it('throws nothing, whatever it is', () => {
    const part = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>({ id: 'marked-reversal' }, { id: 'constructor' }, { id: '__proto__' }, ['full'], 3),
    )
    const content = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          name: part,
          task: part,
          model: part,
          plans: part,
          seeds: part,
          data: part,
          evaluation: part,
          training: part,
          tasks: part,
          models: part,
        },
        { requiredKeys: [] },
      ),
    )
    fc.assert(
      fc.property(content, value => {
        checkDraft(value)
      }),
      { numRuns: 300 },
    )
  })
})

describe('previews', () => {
  it('draw the same strings for the same seed, and say what can be reached', () => {
    const preview = previewTask({ task: { id: 'marked-reversal' }, lengths: [5, 25], strings: 6, seed: 3 })
    expect(previewTask({ task: { id: 'marked-reversal' }, lengths: [5, 25], strings: 6, seed: 3 })).toEqual(preview)
    const language = languageFor({ id: 'marked-reversal' })
    for (const { symbols, text, logProbability } of preview.strings) {
      expect(language.accepts(symbols)).toBe(true)
      expect(symbolsIn(language, text)).toEqual(symbols)
      expect(logProbability).toBe(language.logProbability(symbols))
    }
    const reference = floorAndCeiling(language, [5, 25], { perLength: 10, seed: 0 })
    expect(preview.validLengths).toEqual(reference.validLengths)
    expect(preview.boundPerplexity).toBeCloseTo(reference.boundPerplexity, 12)
    expect(preview.floorAccuracy).toBeCloseTo(reference.floorAccuracy, 1)
    expect(preview.ceilingAccuracy).toBeCloseTo(reference.ceilingAccuracy!, 1)
  })

  it.each(Object.keys(tasks).filter(id => tasks[id]!.reads !== 'text'))(
    'take little work for %s on the longest bin',
    id => {
      vi.mocked(floorAndCeilingByLength).mockClear()
      const { figureLengths, boundNats, floorAccuracy, ceilingAccuracy } = previewTask({
        task: { id },
        lengths: [200, 400],
        strings: 8,
        seed: 0,
      })
      const [[language, lengths, , { perLength }]] = vi.mocked(floorAndCeilingByLength).mock.calls as [
        Parameters<typeof floorAndCeilingByLength>,
      ]
      // Symbols: to parse one with a grammar takes some hundred times as long.
      expect(lengths.reduce((sum, length) => sum + length * perLength, 0)).toBeLessThan(
        language.grammar ? 8_000 : 200_000,
      )
      expect(figureLengths.length).toBeGreaterThan(0)
      expect(boundNats).toBeGreaterThan(0)
      expect(ceilingAccuracy ?? 1).toBeGreaterThanOrEqual(floorAccuracy - 0.02)
    },
  )

  it('tell lengths without strings apart', () => {
    const { lengths, floorAccuracy, boundNats } = limitsAt({ id: 'marked-reversal' }, [5, 6, 7])
    expect([...lengths]).toEqual([5, 6, 7])
    expect([...floorAccuracy].map(Number.isNaN)).toEqual([false, true, false])
    // 2 symbols from 2, of 7: the rest and the end follow.
    expect(boundNats[0]).toBeCloseTo((2 * Math.LN2) / 6, 12)
    expect(() => limitsAt({ id: 'marked-reversal' }, [4])).toThrow(expect.objectContaining({ code: 'bad-input' }))
  })

  it('count a model’s weights by component', () => {
    const { counts, total, parameters, stateSize } = previewModel({
      task: { id: 'marked-reversal' },
      model: { controller: { id: 'lstm', units: 4 }, memory: { id: 'superposition-stack', widths: [2] } },
    })
    expect(counts).toEqual({ controller: 4 * 4 * (3 + 2 + 4 + 2), memory: 3 * 5 + 2 * 5, classifier: 4 * 5 })
    expect(total).toBe(parameters.reduce((sum, { size }) => sum + size, 0))
    expect(parameters.find(({ name }) => name === 'memory.actions.weights')).toEqual({
      name: 'memory.actions.weights',
      component: 'memory',
      group: 'memory.actions',
      shape: [3, 4],
      size: 12,
    })
    expect(stateSize).toBe(4 + 4 + 40 * 2)
    expect(
      previewModel({ task: { id: 'marked-reversal' }, model: { controller: { id: 'lstm' }, memory: { id: 'none' } } })
        .stateSize,
    ).toBeNull()
  })

  it('read strings as they write them', () => {
    const language = { ...languageFor({ id: 'marked-reversal' }), symbols: ['a', 'ab', '#'] }
    expect(symbolsIn(language, 'aba #')).toEqual([1, 0, 2])
    expect(textOf(language, [0, 1, 2])).toBe('a ab #')
    expect(() => symbolsIn(language, 'ax')).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringContaining('a ab #') }),
    )
  })

  it('take no word of a text apart, and do not tell all of its words where one is not among them', () => {
    const text = languageFor({ id: 'text', path: 'opticks' })
    const [the, light] = ['the', 'light'].map(word => text.symbols.indexOf(word))
    expect(symbolsIn(text, ' The light\n')).toEqual([the, light])
    expect(() => symbolsIn(text, 'the lightthe')).toThrow(
      expect.objectContaining({ field: 'string.text', message: expect.stringContaining('"lightthe"') }),
    )
    const error = (() => {
      try {
        return symbolsIn(text, 'nowhere-at-all')
      } catch (failure) {
        return (failure as Error).message
      }
    })()
    expect(String(error).length).toBeLessThan(200)
  })
})

describe('an estimate', () => {
  it('measures every plan and adds up', async () => {
    const { runs, steps, plans, seconds } = await estimate(
      { content: STUDY, device: 'wasm', workers: 2 },
      { signal: new AbortController().signal, isolated: false },
    )
    expect({ runs, steps, plans: plans.map(({ plan }) => plan) }).toEqual({
      runs: 6,
      steps: 180,
      plans: ['full', 'frozen-memory'],
    })
    const training = plans.reduce((sum, { secondsPerStep }) => sum + 3 * 30 * secondsPerStep, 0)
    expect(seconds).toBeGreaterThan(training / 2)
    expect(seconds).toBeLessThan(60)
  })

  it('takes the default device for the fastest, which is never slower', async () => {
    expect(
      await estimate(
        { content: { ...STUDY, training: { ...STUDY.training, device: 'auto' } }, device: 'tfjs', workers: 1 },
        { signal: new AbortController().signal, isolated: false },
      ),
    ).toMatchObject({ runs: 6 })
  })

  it('can be given up, and refuses what cannot be trained', async () => {
    const controller = new AbortController()
    const running = estimate(
      { content: STUDY, device: 'wasm', workers: 1 },
      { signal: controller.signal, isolated: false },
    )
    controller.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
    await expect(
      estimate(
        { content: { ...STUDY, task: { id: 'x' } }, device: 'wasm', workers: 1 },
        { signal: controller.signal, isolated: false },
      ),
    ).rejects.toMatchObject({ field: 'study.task.id' })
    await expect(
      estimate({ content: STUDY, device: 'x', workers: 1 }, { signal: new AbortController().signal, isolated: false }),
    ).rejects.toMatchObject({ field: 'device' })
  })
})

describe('bands', () => {
  const source = chance(5)
  const values = Array.from({ length: 6 }, () => Float64Array.from({ length: 3 }, () => source.uniform()))

  it('have the bootstrap’s interval', () => {
    const { mean: means, low, high, seeds } = bandOver(values)
    for (let point = 0; point < 3; point++) {
      const own = values.map(run => run[point]!)
      const reference = bootstrapInterval(own, mean, chance(1), { method: 'expanded' })!
      expect(means[point]).toBeCloseTo(mean(own)!, 12)
      expect(Math.abs(low[point]! - reference.low)).toBeLessThan(0.1)
      expect(Math.abs(high[point]! - reference.high)).toBeLessThan(0.1)
      expect(low[point]).toBeLessThan(means[point]!)
      expect(high[point]).toBeGreaterThan(means[point]!)
    }
    expect([...seeds]).toEqual([6, 6, 6])
  })

  it('leave out runs that have nothing at a point', () => {
    const { mean: means, low, seeds } = bandOver([Float64Array.of(1, NaN), Float64Array.of(3, 7)])
    expect([[...means], [...seeds]]).toEqual([
      [2, 7],
      [2, 1],
    ])
    expect(low[1]).toBe(7)
    expect(bandOver([]).mean).toHaveLength(0)
  })

  it('of a diverged run are no numbers', () => {
    expect(bandOf([1, Infinity], 'x')).toEqual([NaN, NaN, NaN])
    expect(bandOf([2], 'x')).toEqual([2, 2, 2])
  })
})

describe('the analysis threads', () => {
  it('start again after a crash; what was asked fails', async () => {
    const started: Worker[] = []
    const problems: unknown[] = []
    const analysis = openAnalysis(
      () => {
        const worker = new Worker(new URL('./worker.ts', import.meta.url))
        started.push(worker)
        return worker
      },
      error => problems.push(error),
    )
    const { counts } = await analysis.quick.preview.model({
      task: { id: 'marked-reversal' },
      model: { controller: { id: 'lstm', units: 2 }, memory: { id: 'none' } },
    })
    expect(counts.classifier).toBe(12)
    const lost = analysis.quick.preview.estimate({ content: STUDY, device: 'wasm', workers: 1 })
    await new Promise(resolve => setTimeout(resolve, 50))
    const failure = expect(lost).rejects.toMatchObject({ code: 'disconnected' })
    await started[0]!.terminate()
    await failure
    await expect(
      analysis.quick.preview.model({
        task: { id: 'x' },
        model: { controller: { id: 'lstm' }, memory: { id: 'none' } },
      }),
    ).rejects.toMatchObject({ code: 'bad-input', field: 'task.id' })
    expect(started).toHaveLength(2)
    await analysis.close()
    await expect(analysis.quick.preview.study({ content: STUDY })).rejects.toMatchObject({ code: 'closing' })
  })
})

describe.each(['wasm', 'tfjs'])('a trace on %s', device => {
  it.each(['superposition-stack', 'stratification-stack'])(
    'of %s cut to its top rows is the top of the whole',
    async memory => {
      const model = buildModel({ controller: { id: 'elman', units: 3 }, memory: { id: memory } }, 3)
      const executor = await findDevice(device).open(model, { optimizer: { id: 'sgd' } })
      writeWeights(executor, initialWeights(model.parameters, 1))
      const symbols = Int32Array.of(0, 1, 1, 2, 0, 1, 0)
      const [whole, cut] = [await executor.trace(symbols), await executor.trace(symbols, 2)]
      for (const [name, { shape, data }] of Object.entries(whole)) {
        const [steps, rows, ...rest] = shape as [number, number, ...number[]]
        const growing = model.graph.states.get(name)?.[0] === 'before'
        if (!growing) {
          expect(cut[name]).toEqual(whole[name])
          continue
        }
        const width = rest.reduce((a, b) => a * b, 1)
        expect(rows).toBeGreaterThan(2)
        expect(cut[name]!.shape).toEqual([steps, 2, ...rest])
        expect([...cut[name]!.data]).toEqual(
          Array.from({ length: steps }, (_, t) => [...data.subarray(t * rows * width, (t * rows + 2) * width)]).flat(),
        )
      }
      executor.dispose()
    },
  )
})
