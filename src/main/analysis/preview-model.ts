import { sizeOf } from '../../engine/algebra/tensor.ts'
import { rowsCarried, rowsKept } from '../../engine/memories/memory.ts'
import { buildModel, parameterCounts, type ModelSpec } from '../../engine/model.ts'
import type { ModelPreview } from '../../shared/contract/index.ts'
import type { Picked } from '../../shared/study.ts'
import { alphabetOf } from '../services/languages.ts'
import { languageFor } from './languages.ts'

/** Symbols of the string for which the size of a growing memory is told. */
const TYPICAL = 80

/** @throws InputError */
export function previewModel({ task, model: spec }: { task: Picked; model: ModelSpec }): ModelPreview {
  const model = buildModel(spec, alphabetOf(languageFor(task)), 'model')
  const counts = parameterCounts(model)
  const { states, rows } = model.graph
  const deepest = Math.max(
    0,
    ...Array.from({ length: TYPICAL + 1 }, (_, t) =>
      model.reads === 'text' ? rowsCarried(rows, t, 0) : rowsKept(rows, t, TYPICAL),
    ),
  )
  const grows = [...states.values()].some(shape => shape.some(side => typeof side !== 'number'))
  return {
    counts,
    total: Object.values(counts).reduce((a, b) => a + b, 0),
    parameters: model.parameters.map(({ name, component, shape }) => ({
      name,
      component,
      group: name.split('.').slice(0, 2).join('.'),
      shape: [...shape],
      size: sizeOf(shape),
    })),
    stateSize: grows
      ? [...states.values()].reduce(
          (sum, shape) =>
            sum + shape.reduce<number>((size, side) => size * (typeof side === 'number' ? side : deepest), 1),
          0,
        )
      : null,
  }
}
