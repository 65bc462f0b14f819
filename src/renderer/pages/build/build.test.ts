import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { shallowRef } from 'vue'
import type { Catalog } from '../../../shared/contract/index.ts'
import { parseStudy, STANDARD_PLANS, type FreezePlan } from '../../../shared/study.ts'
import { createForm } from './form.ts'
import { freshId, getIn, gridTexts, isGrid, parseSeeds, plansOf, readIn, setIn, writeSeeds } from './content.ts'
import {
  barsOf,
  barWords,
  epochMarks,
  lanesOf,
  moved,
  placed,
  rowsOf,
  withBar,
  withoutBar,
  withSpan,
  type Bar,
} from './lanes.ts'

describe('the form', () => {
  it('undoes what was typed as one step, and a choice as another', () => {
    const catalog = { defaults: {} } as Catalog
    const range = { logUniform: [0.0005, 0.01] }
    const form = createForm({ training: { learningRate: range } }, catalog, shallowRef([]), () => {})
    const rate = (): unknown => form.read('training.learningRate')
    for (const value of [0.003, '', '0,', 0.02]) form.write('training.learningRate', value)
    const seen = [rate()]
    form.undo()
    seen.push(rate())
    form.undo()
    seen.push(rate(), form.canUndo.value)
    form.redo()
    seen.push(rate())
    expect(seen).toEqual([0.02, 0.003, range, false, 0.003])
  })
})

describe('content', () => {
  it('reads and writes paths without touching what is not on the way', () => {
    const content = { task: { id: 'dyck', kinds: 2 }, plans: ['full', { id: 'late', freeze: [] }], seeds: [1] }
    const next = setIn(content, 'plans.1.title', 'Late')
    expect(getIn(next, 'plans.1')).toEqual({ id: 'late', freeze: [], title: 'Late' })
    expect([next.task === content.task, next.plans[0]]).toEqual([true, 'full'])
    expect(setIn(content, 'task.kinds', undefined).task).toEqual({ id: 'dyck' })
    expect(setIn({}, 'training.optimizer.id', 'sgd')).toEqual({ training: { optimizer: { id: 'sgd' } } })
    expect(readIn({ training: {} }, { training: { epochs: 200 } }, 'training.epochs')).toBe(200)
    expect(readIn({ training: { clipNorm: null } }, { training: { clipNorm: 5 } }, 'training.clipNorm')).toBeNull()
  })

  it('knows a grid and the plans of a study', () => {
    expect([isGrid({ tasks: [] }), isGrid({ task: {} }), isGrid(null)]).toEqual([true, false, false])
    const catalog = { plans: Object.values(STANDARD_PLANS), defaults: { plans: ['full'] } }
    expect(plansOf({}, catalog).map(({ id }) => id)).toEqual(['full'])
    expect(
      plansOf({ plans: ['frozen-memory', { id: 'x', freeze: [{ what: 'memory' }] }, 5, 'nothing'] }, catalog),
    ).toEqual([STANDARD_PLANS['frozen-memory'], { id: 'x', freeze: [{ what: 'memory', from: 'start', until: 'end' }] }])
  })

  it('knows which tasks of a grid read a text, and where', () => {
    const part = (id: string, isText: boolean) => ({
      id,
      title: id,
      source: '',
      form: '',
      isText,
      options: isText ? [{ name: 'path', kind: 'path' as const, default: '', doc: 'where it is' }] : [],
    })
    const catalog = { tasks: [part('text', true), part('dyck', false)] }
    expect(gridTexts({ tasks: [{ id: 'dyck' }, { id: 'text', path: 'a' }, { id: 'text' }, 5] }, catalog)).toEqual([
      { at: 'tasks.1', path: 'a', doc: 'where it is' },
      { at: 'tasks.2', path: undefined, doc: 'where it is' },
    ])
    expect([gridTexts({ task: { id: 'text' } }, catalog), gridTexts({ tasks: 'text' }, catalog)]).toEqual([[], []])
  })

  it('reads and writes seeds', () => {
    expect(parseSeeds('1-3, 7')).toEqual([1, 2, 3, 7])
    expect([parseSeeds('three'), parseSeeds(''), parseSeeds('5-2')]).toEqual([undefined, undefined, undefined])
    expect([writeSeeds([1, 2, 3, 7]), writeSeeds(5), writeSeeds('x')]).toEqual(['1-3, 7', '1-5', ''])
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(500), { minLength: 1 }), seeds => {
        expect(parseSeeds(writeSeeds(seeds))).toEqual(seeds)
      }),
    )
  })

  it('finds ids that are free', () => {
    expect(freshId('Memory frozen late!', [])).toBe('memory-frozen-late')
    expect(freshId('full', ['full', 'full-2'])).toBe('full-3')
  })
})

const plan = (...freeze: FreezePlan['freeze']): FreezePlan => ({ id: 'p', freeze })
const only = STANDARD_PLANS['classifier-only']!

describe('lanes', () => {
  it('draws one bar in each lane of what a span names', () => {
    expect(barsOf(only, 'memory', 100)).toMatchObject([
      { span: 0, part: 2, what: 'memory', begins: 0, ends: 100, beginsOnPlateau: false },
    ])
    expect(barsOf(only, 'classifier', 100)).toEqual([])
    expect(
      barsOf(plan({ what: 'memory.actions', from: { epoch: 10 }, until: { epochs: 5 } }), 'memory', 100),
    ).toMatchObject([{ begins: 10, ends: 15 }])
  })

  it('unfolds a component with several groups into a lane for each, and keeps every bar in one lane', () => {
    const frozen = plan(
      { what: ['memory', 'controller'], from: 'start', until: { epoch: 20 } },
      { what: ['memory.actions', 'memory.value.bias', 'memory.other'], from: { epoch: 30 }, until: 'end' },
    )
    const given = {
      components: ['controller', 'memory'],
      groups: ['controller.recurrent', 'memory.actions', 'memory.value'],
      epochs: 100,
    }
    const shown = (open: readonly string[]) =>
      lanesOf(frozen, { ...given, open: new Set(open) }).map(({ what, bars, inherited }) => [
        what,
        bars.map(bar => bar.what),
        inherited.map(bar => bar.what),
      ])
    expect(shown([])).toEqual([
      ['controller', ['controller'], []],
      ['memory', ['memory', 'memory.actions', 'memory.value.bias', 'memory.other'], []],
    ])
    expect(shown(['memory', 'controller'])).toEqual([
      ['controller', ['controller'], []],
      ['memory', ['memory', 'memory.other'], []],
      ['memory.actions', ['memory.actions'], ['memory']],
      ['memory.value', ['memory.value.bias'], ['memory']],
    ])
    expect(lanesOf(frozen, { ...given, open: new Set() }).map(({ groups }) => groups)).toEqual([
      [],
      ['memory.actions', 'memory.value'],
    ])
  })

  it('gives ends that wait for a plateau a place between what is known', () => {
    expect(placed({ from: { plateau: 5 }, until: 'end' }, 100)).toEqual({
      begins: 40,
      ends: 100,
      beginsOnPlateau: true,
      endsOnPlateau: false,
    })
    expect(placed({ from: { plateau: 5 }, until: { epoch: 20 } }, 100)).toMatchObject({ begins: 12, ends: 20 })
    expect(placed({ from: { epoch: 300 }, until: 'end' }, 100)).toMatchObject({ begins: 100, ends: 100 })
  })

  it('changes one part of a span and leaves the others', () => {
    const [bar] = barsOf(only, 'memory', 100)
    const next = withBar(only, bar!, { from: { epoch: 10 } })
    expect(next.freeze).toEqual([
      { what: ['embedding', 'controller'], from: 'start', until: 'end' },
      { what: 'memory', from: { epoch: 10 }, until: 'end' },
    ])
    expect(withoutBar(only, bar!).freeze).toEqual([{ what: ['embedding', 'controller'], from: 'start', until: 'end' }])
    const single = withSpan(plan(), { what: 'memory', from: 'start', until: 'end' })
    expect(withoutBar(single, barsOf(single, 'memory', 100)[0]!).freeze).toEqual([])
  })

  it('moves grips within the line', () => {
    const bar: Bar = {
      span: 0,
      part: 0,
      what: 'memory',
      from: { epoch: 10 },
      until: { epoch: 30 },
      begins: 10,
      ends: 30,
      beginsOnPlateau: false,
      endsOnPlateau: false,
    }
    expect(moved(bar, 'begins', -50, 100)).toEqual({ from: 'start', until: { epoch: 30 } })
    expect(moved(bar, 'begins', 50, 100)).toEqual({ from: { epoch: 29 }, until: { epoch: 30 } })
    expect(moved(bar, 'ends', 500, 100)).toEqual({ from: { epoch: 10 }, until: 'end' })
    expect(moved(bar, 'whole', 5, 100)).toEqual({ from: { epoch: 15 }, until: { epoch: 35 } })
    expect(moved({ ...bar, until: { epochs: 20 } }, 'whole', -10, 100)).toEqual({
      from: 'start',
      until: { epochs: 20 },
    })
  })

  it('never makes a plan that the study refuses, however a bar is dragged', () => {
    const grips = fc.array(
      fc.record({
        grip: fc.constantFrom('whole' as const, 'begins' as const, 'ends' as const),
        by: fc.integer({ min: -300, max: 300 }),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(grips, fc.integer({ min: 2, max: 200 }), (moves, epochs) => {
        let dragged = only
        for (const { grip, by } of moves) {
          const [bar] = barsOf(dragged, 'memory', epochs)
          dragged = withBar(dragged, bar!, moved(bar!, grip, by, epochs))
          const { begins, ends } = barsOf(dragged, 'memory', epochs)[0]!
          expect([begins >= 0, ends <= epochs, ends > begins]).toEqual([true, true, true])
        }
        expect(parseStudy({ name: 's', task: { id: 't' }, plans: [dragged] }).plans[0]!.freeze).toHaveLength(
          dragged.freeze.length,
        )
      }),
    )
  })

  it('says what a bar means', () => {
    expect(barWords({ what: 'memory', from: 'start', until: 'end' })).toBe('memory frozen from the start to the end')
    expect(barWords({ what: 'memory.actions', from: { plateau: 5 }, until: { epochs: 1 } })).toBe(
      'memory.actions frozen once the validation loss stalls for 5 epochs for 1 epoch',
    )
  })

  it('puts bars that overlap into rows', () => {
    expect(
      rowsOf([
        { begins: 0, ends: 10 },
        { begins: 5, ends: 20 },
        { begins: 10, ends: 15 },
      ]),
    ).toEqual([0, 1, 0])
  })

  it('marks round epochs', () => {
    expect(epochMarks(200)).toEqual([0, 25, 50, 75, 100, 125, 150, 175, 200])
    expect(epochMarks(7)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })
})
