import { InputError } from '../../shared/errors.ts'
import { parseOptions, type Options, type ValuesOf } from '../../shared/options.ts'
import type { Component } from '../../shared/run-events.ts'
import type { Picked } from '../../shared/study.ts'
import { optimizers } from './index.ts'
import type { Optimizer } from './optimizer.ts'

/** The optimizer that a study names, with its options. @throws InputError */
export function pickOptimizer(
  { id, ...given }: Picked,
  field = 'study.training.optimizer',
): { optimizer: Optimizer; options: ValuesOf<Options> } {
  const optimizer = Object.hasOwn(optimizers, id) ? optimizers[id] : undefined
  if (!optimizer) throw new InputError(`${field}.id`, id, Object.keys(optimizers).join(', '))
  return { optimizer, options: parseOptions(optimizer.options, given, field) }
}

/** L2 norms of gradients, over all and by component, and the factor that clipping multiplies them with (PyTorch's: max / (norm + 1e-6), at most 1). */
export function normsOf(
  squares: Iterable<readonly [Component, number]>,
  clipNorm: number | null,
): { gradientNorm: number; componentNorms: Partial<Record<Component, number>>; scale: number } {
  const sums: Partial<Record<Component, number>> = {}
  let total = 0
  for (const [component, own] of squares) {
    sums[component] = (sums[component] ?? 0) + own
    total += own
  }
  const gradientNorm = Math.sqrt(total)
  const componentNorms: Partial<Record<Component, number>> = {}
  for (const component of Object.keys(sums) as Component[]) componentNorms[component] = Math.sqrt(sums[component]!)
  return { gradientNorm, componentNorms, scale: clipNorm === null ? 1 : Math.min(1, clipNorm / (gradientNorm + 1e-6)) }
}
