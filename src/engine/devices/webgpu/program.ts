import type { Gpu } from './gpu.ts'
import type { Written } from './jobs.ts'
import type { Lowered, Outer, Product, Stages } from './lower.ts'
import { outerShader, outerTiles, productShader, scatterShader, tileSide } from './products.ts'
import { gradientElements, gradientShader, ROW_OF_GROUPS, sequenceShader, stageShader, type Sizes } from './shaders.ts'

/** A model's passes as pipelines, in the order in which they are dispatched. */
export interface Program {
  readonly lowered: Lowered
  readonly passes: readonly Pass[]
}

interface Pass {
  readonly pipeline: GPUComputePipeline
  readonly writes: 'results' | 'gradients'
  readonly groups: (written: Written) => readonly [x: number, y: number, z?: number]
}

export async function compileProgram(gpu: Gpu, lowered: Lowered, sizes: Sizes): Promise<Program> {
  const passes = passesOf(lowered, sizes)
  const pipelines = await Promise.all(passes.map(({ code }) => gpu.pipeline(code)))
  return { lowered, passes: passes.map(({ writes, groups }, k) => ({ pipeline: pipelines[k]!, writes, groups })) }
}

/** @param bound weights, input and work */
export function dispatchProgram(
  gpu: Gpu,
  encoder: GPUCommandEncoder,
  { passes }: Program,
  written: Written,
  bound: readonly GPUBuffer[],
  results: GPUBuffer,
  gradients: GPUBuffer,
): void {
  for (const { pipeline, writes, groups } of passes)
    gpu.dispatch(encoder, pipeline, [...bound, writes === 'results' ? results : gradients], ...groups(written))
}

type Source = Omit<Pass, 'pipeline'> & { readonly code: string }

function passesOf(lowered: Lowered, sizes: Sizes): Source[] {
  const { ahead, output, back, behind, gradients, outers, scatters } = lowered
  const inRows = (count: number): readonly [number, number] => [
    Math.min(count, ROW_OF_GROUPS),
    Math.ceil(count / ROW_OF_GROUPS),
  ]
  const sequences = (part: 'whole' | 'forward' | 'backward'): Source => ({
    code: sequenceShader(lowered, sizes, part),
    writes: 'results',
    groups: ({ jobs }) => inRows(jobs),
  })
  const tiles = (size: number): number => Math.ceil(size / tileSide(sizes))
  const product = (stage: Product, first: Stages['first']): Source => ({
    code: productShader(lowered, stage, first, sizes),
    writes: 'results',
    groups: ({ mostRows, members }) => [tiles(stage.rows), tiles(mostRows), members],
  })
  const staged = (given: Stages | undefined, isOutput = false): Source[] =>
    (given?.stages ?? []).map((stage, k, all) =>
      'code' in stage
        ? {
            code: stageShader(
              lowered,
              stage.code,
              given!.first,
              sizes,
              isOutput && k === all.findLastIndex(other => 'code' in other),
            ),
            writes: 'results',
            groups: ({ longest, jobs }) => [longest + 1 - given!.first, jobs],
          }
        : product(stage, given!.first),
    )
  const passes =
    typeof output === 'string'
      ? [sequences('whole')]
      : [
          ...staged(ahead),
          sequences('forward'),
          ...staged(output, true),
          ...(back === '' ? [] : [sequences('backward')]),
          ...staged(behind),
        ]
  if (gradients.size > 0) {
    const groups = Math.ceil(gradientElements(lowered, sizes.parameters) / sizes.threads)
    passes.push({
      code: gradientShader(lowered, sizes),
      writes: 'gradients',
      groups: ({ members }) => [groups, members],
    })
  }
  // What is added to one gradient is added in one dispatch after the other.
  const isFirst = (outer: Outer, k: number): boolean => outers.findIndex(({ offset }) => offset === outer.offset) === k
  for (const own of [outers.filter(isFirst), outers.filter((outer, k) => !isFirst(outer, k))]) {
    const count = own.reduce((sum, outer) => sum + outerTiles(outer, sizes), 0)
    if (count > 0)
      passes.push({
        code: outerShader(lowered, own, sizes),
        writes: 'gradients',
        groups: ({ members }) => [count, 1, members],
      })
  }
  passes.push(
    ...scatters.map((one): Source => ({
      code: scatterShader(lowered, one, sizes),
      writes: 'gradients',
      groups: ({ segments }) => inRows(segments),
    })),
  )
  return passes
}
