import type { Gpu } from './gpu.ts'
import type { Written } from './jobs.ts'
import { predictsFrom, type Lowered, type Outer, type Product } from './lower.ts'
import { outerShader, outerTiles, productShader, scatterShader, tileSide } from './products.ts'
import { gradientElements, gradientShader, predictionShader, ROW_OF_GROUPS, sequenceShader, type Sizes } from './shaders.ts'

/** A model's passes as pipelines, in the order in which they are dispatched. */
export interface Program {
  readonly lowered: Lowered
  readonly passes: readonly Pass[]
}

interface Pass { readonly pipeline: GPUComputePipeline, readonly writes: 'results' | 'gradients', readonly groups: (written: Written) => readonly [x: number, y: number, z?: number] }

export async function compileProgram(gpu: Gpu, lowered: Lowered, sizes: Sizes): Promise<Program> {
  const passes = passesOf(lowered, sizes)
  const pipelines = await Promise.all(passes.map(({ code }) => gpu.pipeline(code)))
  return { lowered, passes: passes.map(({ writes, groups }, k) => ({ pipeline: pipelines[k]!, writes, groups })) }
}

/** @param bound weights, input and work */
export function dispatchProgram(gpu: Gpu, encoder: GPUCommandEncoder, { passes }: Program, written: Written, bound: readonly GPUBuffer[], results: GPUBuffer, gradients: GPUBuffer): void {
  for (const { pipeline, writes, groups } of passes) gpu.dispatch(encoder, pipeline, [...bound, writes === 'results' ? results : gradients], ...groups(written))
}

type Source = Omit<Pass, 'pipeline'> & { readonly code: string }

function passesOf(lowered: Lowered, sizes: Sizes): Source[] {
  const { output, back, gradients, outers, scatters, model } = lowered
  const inRows = (count: number): readonly [number, number] => [Math.min(count, ROW_OF_GROUPS), Math.ceil(count / ROW_OF_GROUPS)]
  const sequences = (part: 'whole' | 'forward' | 'backward'): Source => ({ code: sequenceShader(lowered, sizes, part), writes: 'results', groups: ({ jobs }) => inRows(jobs) })
  const tiles = (size: number): number => Math.ceil(size / tileSide(sizes))
  const product = (stage: Product): Source => ({ code: productShader(lowered, stage, sizes), writes: 'results', groups: ({ mostRows, members }) => [tiles(stage.rows), tiles(mostRows), members] })
  const passes = typeof output === 'string' ? [sequences('whole')] : [
    sequences('forward'),
    ...output.map((stage, k): Source => 'code' in stage
      ? { code: predictionShader(lowered, stage.code, sizes, k === output.findLastIndex(other => 'code' in other)), writes: 'results', groups: ({ longest, jobs }) => [longest + 1 - predictsFrom(model), jobs] }
      : product(stage)),
    ...back === '' ? [] : [sequences('backward')],
  ]
  if (gradients.size > 0) {
    const groups = Math.ceil(gradientElements(lowered, sizes.parameters) / sizes.threads)
    passes.push({ code: gradientShader(lowered, sizes), writes: 'gradients', groups: ({ members }) => [groups, members] })
  }
  // What is added to one gradient is added in one dispatch after the other.
  const isFirst = (outer: Outer, k: number): boolean => outers.findIndex(({ offset }) => offset === outer.offset) === k
  for (const own of [outers.filter(isFirst), outers.filter((outer, k) => !isFirst(outer, k))]) {
    const count = own.reduce((sum, outer) => sum + outerTiles(outer, sizes), 0)
    if (count > 0) passes.push({ code: outerShader(lowered, own, sizes), writes: 'gradients', groups: ({ members }) => [count, 1, members] })
  }
  passes.push(...scatters.map((one): Source => ({ code: scatterShader(lowered, one, sizes), writes: 'gradients', groups: ({ segments }) => inRows(segments) })))
  return passes
}
