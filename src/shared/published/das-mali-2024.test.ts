import { describe, expect, it } from 'vitest'
import {
  FIGURES,
  FORMAL_MODELS,
  FORMAL_TASKS,
  PLANS,
  PTB,
  PTB_MODELS,
  publishedCell,
  PUBLISHED_CELLS,
  type PublishedPlan,
} from './das-mali-2024.ts'

const formal = PUBLISHED_CELLS.filter(({ task }) => task !== PTB)
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const retention = (plan: PublishedPlan, model?: string): number =>
  mean(
    formal
      .filter(cell => cell.plan === plan && (model === undefined || cell.model === model))
      .map(({ figures }) => figures.retention!),
  )

describe('the published tables', () => {
  it('hold 35 rows for three plans, and eleven of the last table', () => {
    expect(PLANS.map(plan => formal.filter(cell => cell.plan === plan).length)).toEqual([35, 35, 35, 11])
    expect(
      formal.every(({ figures }) =>
        FIGURES.filter(figure => figure !== 'test-perplexity').every(figure => Number.isFinite(figures[figure])),
      ),
    ).toBe(true)
    for (const { task, model } of formal)
      expect([FORMAL_TASKS.includes(task as never), FORMAL_MODELS.some(({ id }) => id === model)]).toEqual([true, true])
    expect(new Set(formal.map(({ task, model, plan }) => `${task} ${model} ${plan}`)).size).toBe(116)
  })

  it('give the retentions that were worked out from them', () => {
    expect(
      [retention('full'), retention('frozen-memory'), retention('frozen-controller')].map(value => value.toFixed(3)),
    ).toEqual(['0.710', '0.724', '0.913'])
    expect(
      ['lstm', 'jm-10', 'jm-3.3.3', 'jm-hidden', 'rns-3-3'].map(model => retention('full', model).toFixed(3)),
    ).toEqual(['0.753', '0.671', '0.698', '0.712', '0.716'])
    expect(
      ['lstm', 'jm-10', 'jm-3.3.3', 'jm-hidden', 'rns-3-3'].map(model => retention('frozen-memory', model).toFixed(3)),
    ).toEqual(['0.715', '0.694', '0.741', '0.777', '0.695'])
    expect(
      Math.min(...formal.filter(({ plan }) => plan === 'full').map(({ figures }) => figures.retention!)),
    ).toBeCloseTo(0.3875, 4)
  })

  it('give the changes of accuracy by frozen memory that were worked out from them', () => {
    const stacks = formal.filter(({ model, plan }) => model !== 'lstm' && plan === 'full')
    const changes = (['accuracy-0', 'accuracy-1', 'accuracy-2'] as const).map(figure => {
      const differences = stacks.map(
        ({ task, model, figures }) =>
          Math.round(1000 * (publishedCell(task, model, 'frozen-memory')!.figures[figure]! - figures[figure]!)) / 1000,
      )
      return [
        mean(differences).toFixed(3),
        ...[1, 0, -1].map(sign => differences.filter(difference => Math.sign(difference) === sign).length),
      ]
    })
    expect(changes).toEqual([
      ['-0.024', 1, 6, 21],
      ['-0.012', 10, 2, 16],
      ['0.004', 11, 8, 9],
    ])
  })

  it('hold the perplexities on the Penn Treebank', () => {
    const difference = (model: string): string =>
      (
        publishedCell(PTB, model, 'frozen-memory')!.figures['test-perplexity']! -
        publishedCell(PTB, model, 'full')!.figures['test-perplexity']!
      ).toFixed(1)
    expect(PTB_MODELS.map(({ id }) => difference(id))).toEqual(['10.0', '-1.7', '-1.7', '-6.0', '2.5'])
  })
})
