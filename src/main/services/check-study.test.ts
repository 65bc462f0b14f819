import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LabError } from '../../shared/errors.ts'
import { buildModel, parameterCounts } from '../../engine/model.ts'
import { FORMAL_TASKS, PLANS, PTB, PTB_MODELS } from '../../shared/published/das-mali-2024.ts'
import { parseStudies } from '../../shared/study.ts'
import { checkDevice, readStudies } from './check-study.ts'
import { deviationsOf, recognise } from './reproduction/recognise.ts'

const presets = join(import.meta.dirname, '..', '..', '..', 'resources', 'presets')
const preset = (name: string) => readStudies(readFileSync(join(presets, name), 'utf8'), name)

describe('the presets', () => {
  it.each(globSync('*.json', { cwd: presets }).filter(name => name !== 'main-study-ptb.json'))(
    '%s can be trained',
    name => {
      expect(preset(basename(name)).length).toBeGreaterThan(0)
    },
  )

  it('hold the grid of language models, which waits for a treebank: eleven models as published, four plans, ten seeds', () => {
    expect(() => preset('main-study-ptb.json')).toThrow(
      'study.task.path is ""; allowed: a folder or archive with ptb.train.txt',
    )
    const content = JSON.parse(readFileSync(join(presets, 'main-study-ptb.json'), 'utf8')) as object
    const studies = parseStudies({ ...content, tasks: [{ id: 'penn-treebank', path: 'somewhere' }] })
    // Spec §2.3.
    expect(
      studies.map(({ model }) =>
        Object.values(parameterCounts(buildModel(model, { words: 10_000 }))).reduce((a, b) => a + b, 0),
      ),
    ).toEqual([
      5_656_336, 5_684_828, 5_685_289, 6_125_759, 6_043_788, 5_902_976, 5_985_299, 5_698_131, 5_778_031, 5_741_944,
      5_752_279,
    ])
    expect(studies.map(study => recognise(study)).filter(found => found !== undefined)).toEqual(
      PTB_MODELS.map(({ id }) =>
        expect.objectContaining({ task: PTB, model: id, plans: new Map(PLANS.map(plan => [plan, plan])) }),
      ),
    )
    expect(studies.map(study => [deviationsOf(study), study.plans.length])).toEqual(studies.map(() => [[], 4]))
    // Spec §9, row 5: the embedding is trained with the controller frozen, and frozen where only the classifier is trained.
    expect(studies[0]!.plans.slice(2).map(({ freeze }) => freeze.flatMap(({ what }) => what))).toEqual([
      ['controller'],
      ['embedding', 'controller', 'memory'],
    ])
  })

  it('hold that grid in small, on a text of the lab, and it is none of the published study', () => {
    const studies = preset('main-study-ptb-desktop.json')
    expect(studies.map(study => [study.task.id, recognise(study), study.plans.length, study.seeds.length])).toEqual(
      Array.from({ length: 11 }, () => ['text', undefined, 4, 2]),
    )
  })

  it('hold the main study: seven languages and a control with four models, four plans and ten seeds each', () => {
    const studies = preset('main-study.json')
    expect([new Set(studies.map(({ task }) => task.id)).size, studies.length]).toEqual([8, 32])
    expect(studies.every(({ plans, seeds }) => plans.length === 4 && seeds.length === 10)).toBe(true)
  })

  it('hold its seven languages with RNS 3-3, as published and in desktop size: a quarter of all lengths, three seeds', () => {
    const [large, small] = [preset('main-study-rns.json'), preset('main-study-desktop.json')]
    expect(large.map(study => recognise(study))).toEqual(
      FORMAL_TASKS.map(task =>
        expect.objectContaining({ task, model: 'rns-3-3', protocol: expect.objectContaining({ asPublished: true }) }),
      ),
    )
    expect(large.map(study => deviationsOf(study))).toEqual(FORMAL_TASKS.map(() => []))
    expect(small.map(study => recognise(study))).toEqual(
      FORMAL_TASKS.flatMap(task =>
        ['lstm', 'rns-3-3'].map(model =>
          expect.objectContaining({
            task,
            model,
            protocol: expect.objectContaining({ key: '10-20/10-25/25-50/50-100' }),
          }),
        ),
      ),
    )
    expect(small.every(({ plans, seeds }) => plans.length === 4 && seeds.length === 3)).toBe(true)
  })

  it('hold a quick look: four plans and three seeds, tested on up to four times the longest string trained on', () => {
    const [{ plans, seeds, data, evaluation }] = preset('quick-look.json') as [ReturnType<typeof preset>[number]]
    expect([plans.length, seeds.length, evaluation.bins.at(-1)!.lengths[1] / data.train.lengths[1]]).toEqual([4, 3, 4])
  })
})

describe('a study file', () => {
  it('may be told where its text is', () => {
    const at = (path: string) => ({ path, field: '--text' })
    const grid = (tasks: object[]): string => JSON.stringify({ name: 'Grid', tasks, models: [{ name: 'lstm' }] })
    expect(
      readStudies(grid([{ id: 'text', path: '/nowhere', rarest: 3 }]), 'grid.json', at('opticks'))[0]!.task,
    ).toEqual({ id: 'text', path: 'opticks', rarest: 3 })
    expect(
      readStudies(grid([{ id: 'text', path: '/nowhere' }, { id: 'marked-copy' }]), 'grid.json', at('opticks')).map(
        ({ task }) => task,
      ),
    ).toEqual([{ id: 'text', path: 'opticks' }, { id: 'marked-copy' }])
    expect(() => readStudies(JSON.stringify({ name: 'x', task: { id: 'text' } }), 'x.json', at('no/where'))).toThrow(
      `study.task.path is "${join(process.cwd(), 'no/where')}"`,
    )
    for (const text of [grid([{ id: 'marked-copy' }]), '[]', '{}'])
      expect(() => readStudies(text, 'x.json', at('opticks'))).toThrow(
        '--text is "opticks"; allowed: a study whose task reads a text: penn-treebank, text',
      )
  })

  it('of several studies is refused for a fault in any of them', () => {
    const grid = {
      name: 'Grid',
      tasks: [{ id: 'marked-copy' }, { id: 'marked-reversal', kinds: -1 }],
      models: [{ name: 'lstm' }],
    }
    expect(() => readStudies(JSON.stringify(grid), 'grid.json')).toThrow(
      'study.task.kinds is -1; allowed: a whole number from 1 to 200',
    )
  })

  it('may name a device that this lab knows', () => {
    const text = (device: string): string =>
      JSON.stringify({ name: 'Own', task: { id: 'marked-copy' }, training: { device } })
    expect(['tensorflow', 'auto'].map(device => readStudies(text(device), 'a.json')[0]!.training.device)).toEqual([
      'tensorflow',
      'auto',
    ])
    expect(() => readStudies(text('abacus'), 'a.json')).toThrow('study.training.device is "abacus"; allowed: wasm')
  })

  it('that is no JSON is refused in one line, wherever the fault is', () => {
    for (const text of ['', '{\n\n"name": x\n}', '{"a": 1,}', '// no', '{"rate": Infinity}']) {
      const error = (() => {
        try {
          readStudies(text, 'a.json')
        } catch (thrown) {
          return thrown
        }
      })() as LabError
      expect([error.code, error.message]).toEqual([
        'bad-input',
        expect.stringMatching(/^a\.json is not JSON \([^\n]+\); allowed: [^\n]+$/),
      ])
    }
  })
})

it('a device is known by its id', async () => {
  expect(await checkDevice('wasm')).toMatchObject({ id: 'wasm' })
  expect(await checkDevice('auto')).toMatchObject({ id: 'auto' })
  await expect(checkDevice('abacus', '--device')).rejects.toThrow('--device is "abacus"; allowed: wasm')
})
