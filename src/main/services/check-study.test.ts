import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LabError } from '../../shared/errors.ts'
import { FORMAL_TASKS } from '../../shared/published/das-mali-2024.ts'
import { checkDevice, readStudies } from './check-study.ts'
import { deviationsOf, recognise } from './reproduction/recognise.ts'

const presets = join(import.meta.dirname, '..', '..', '..', 'resources', 'presets')
const preset = (name: string) => readStudies(readFileSync(join(presets, name), 'utf8'), name)

describe('the presets', () => {
  it.each(globSync('*.json', { cwd: presets }))('%s can be trained', name => {
    expect(preset(basename(name)).length).toBeGreaterThan(0)
  })

  it('hold the main study: seven languages and a control with four models, four plans and ten seeds each', () => {
    const studies = preset('main-study.json')
    expect([new Set(studies.map(({ task }) => task.id)).size, studies.length]).toEqual([8, 32])
    expect(studies.every(({ plans, seeds }) => plans.length === 4 && seeds.length === 10)).toBe(true)
  })

  it('hold its seven languages with RNS 3-3, as published and in desktop size: a quarter of all lengths, three seeds', () => {
    const [large, small] = [preset('main-study-rns.json'), preset('main-study-desktop.json')]
    expect(large.map(study => recognise(study))).toEqual(FORMAL_TASKS.map(task => expect.objectContaining({ task, model: 'rns-3-3', protocol: expect.objectContaining({ asPublished: true }) })))
    expect(large.map(study => deviationsOf(study))).toEqual(FORMAL_TASKS.map(() => []))
    expect(small.map(study => recognise(study))).toEqual(FORMAL_TASKS.flatMap(task => ['lstm', 'rns-3-3'].map(model => expect.objectContaining({ task, model, protocol: expect.objectContaining({ key: '10-20/10-25/25-50/50-100' }) }))))
    expect(small.every(({ plans, seeds }) => plans.length === 4 && seeds.length === 3)).toBe(true)
  })

  it('hold a quick look: four plans and three seeds, tested on up to four times the longest string trained on', () => {
    const [{ plans, seeds, data, evaluation }] = preset('quick-look.json') as [ReturnType<typeof preset>[number]]
    expect([plans.length, seeds.length, evaluation.bins.at(-1)!.lengths[1] / data.train.lengths[1]]).toEqual([4, 3, 4])
  })
})

describe('a study file', () => {
  it('of several studies is refused for a fault in any of them', () => {
    const grid = { name: 'Grid', tasks: [{ id: 'marked-copy' }, { id: 'marked-reversal', kinds: -1 }], models: [{ name: 'lstm' }] }
    expect(() => readStudies(JSON.stringify(grid), 'grid.json')).toThrow('study.task.kinds is -1; allowed: a whole number from 1 to 200')
  })

  it('may name a device that this lab knows', () => {
    const text = (device: string): string => JSON.stringify({ name: 'Own', task: { id: 'marked-copy' }, training: { device } })
    expect(['tensorflow', 'auto'].map(device => readStudies(text(device), 'a.json')[0]!.training.device)).toEqual(['tensorflow', 'auto'])
    expect(() => readStudies(text('abacus'), 'a.json')).toThrow('study.training.device is "abacus"; allowed: wasm')
  })

  it('that is no JSON is refused in one line, wherever the fault is', () => {
    for (const text of ['', '{\n\n"name": x\n}', '{"a": 1,}', '// no', '{"rate": Infinity}']) {
      const error = (() => { try { readStudies(text, 'a.json') } catch (thrown) { return thrown } })() as LabError
      expect([error.code, error.message]).toEqual(['bad-input', expect.stringMatching(/^a\.json is not JSON \([^\n]+\); allowed: [^\n]+$/)])
    }
  })
})

it('a device is known by its id', async () => {
  expect(await checkDevice('wasm')).toMatchObject({ id: 'wasm' })
  expect(await checkDevice('auto')).toMatchObject({ id: 'auto' })
  await expect(checkDevice('abacus', '--device')).rejects.toThrow('--device is "abacus"; allowed: wasm')
})
