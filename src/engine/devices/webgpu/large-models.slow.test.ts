import { expect, it } from 'vitest'
import { reverse } from '../../model.ts'
import { float64 } from '../../testing/float64.ts'
import { largeBatch, largeMasks, largeModel, withLargeWeights, type LargeCase } from '../../testing/large-models.ts'
import { relativeError } from '../../testing/model-laws.ts'
import { ParameterLayout } from '../cohort/parameter-layout.ts'
import type { Batch, Cohort, RemoteExecutor } from '../device.ts'
import { InterpretedExecutor } from '../interpreter/executor.ts'
import { wasmTracer } from '../wasm/device.ts'
import { openCohort } from './device.ts'
import { Gpu, type Bounds } from './gpu.ts'
import { lower, type Stages } from './lower.ts'
import { gpuSuite } from './testing/gpu-suite.ts'

interface Case {
  readonly name: string
  readonly given: LargeCase
  readonly bounds?: Bounds
}

const WORDS: Case = {
  name: 'words with an embedding, as on a GPU',
  given: { symbols: 131, units: 33, size: 5, length: 9, text: { tied: false } },
  bounds: { threads: 64 },
}
const CASES: readonly Case[] = [
  { name: 'strings over a large alphabet', given: { symbols: 1003, units: 37, size: 7, length: 4 } },
  WORDS,
  {
    name: 'words with a tied embedding, in several dispatches',
    given: { symbols: 103, units: 34, size: 3, length: 25, text: { tied: true } },
    bounds: { mostFloats: 60_000 },
  },
]

async function member(gpu: Gpu, given: LargeCase): Promise<{ cohort: Cohort; executor: RemoteExecutor }> {
  const cohort = await openCohort(gpu, largeModel(given), { optimizer: { id: 'sgd' }, runs: 1, tracer: wasmTracer })
  return { cohort, executor: withLargeWeights(cohort.join()) }
}

it('makes products that no step waits for apart from the steps: of the words with the input weights, and back', () => {
  const { given } = WORDS
  const model = largeModel(given)
  const lowered = (trained: readonly string[]) =>
    lower(model, new ParameterLayout(model.parameters), reverse(model, new Set(trained)))
  const rowsOf = (stages: Stages | undefined): number[] =>
    (stages?.stages ?? []).flatMap(stage => ('rows' in stage ? [stage.rows] : []))
  const { ahead, output, behind } = lowered(model.parameters.map(({ name }) => name))
  expect(rowsOf(ahead)).toEqual([4 * given.units])
  expect(rowsOf(output as Stages)).toEqual([given.symbols, given.units])
  expect(rowsOf(behind)).toEqual([given.units])
  expect(lowered(['controller.input.weights']).behind).toBeUndefined()
  expect(rowsOf(lowered(['classifier.output.weights']).output as Stages)).toEqual([given.symbols])
})

gpuSuite('a large model on webgpu', () => {
  it.each(CASES)('$name: agrees with the float64 interpretation', async ({ given, bounds }) => {
    const { cohort, executor } = await member(await Gpu.open(bounds), given)
    const reference = withLargeWeights(new InterpretedExecutor(executor.model, { id: 'sgd' }, float64))
    const agree = async (batch: Batch): Promise<Batch['carried']> => {
      const [scores, judged] = [await executor.evaluate(batch), reference.evaluate(batch)]
      expect(relativeError(scores.nats, judged.nats)).toBeLessThan(1e-5)
      expect([...scores.correct]).toEqual([...judged.correct])
      const [found, expected] = [await executor.gradients(batch), reference.gradients(batch)]
      expect(relativeError([found.loss], [expected.loss])).toBeLessThan(1e-5)
      for (const [name, values] of expected.gradients)
        expect(relativeError(found.gradients.get(name)!, values), name).toBeLessThan(1e-4)
      if (given.text) expect(relativeError(scores.predictions!.nats, judged.predictions!.nats)).toBeLessThan(1e-5)
      return scores.carried
    }
    const batch = largeBatch(given)
    const carried = await agree(batch)
    if (given.text) await agree({ ...largeBatch(given, 15), masks: largeMasks(executor.model, batch), carried })
    cohort.dispose()
  })

  it('is refused with numbers where it is larger than a buffer', async () => {
    const { given } = WORDS
    const gpu = await Gpu.open({ mostFloats: 25_000 })
    await expect(member(gpu, given)).rejects.toThrow(
      /^the 17\d\d\d weights of this model and what its optimizer keeps of them need 1 MiB; one buffer of .* holds at most 0$/,
    )
    gpu.destroy()
    const { cohort, executor } = await member(await Gpu.open({ mostFloats: 50_000 }), given)
    await expect(executor.evaluate({ ...largeBatch({ ...given, size: 1, length: 500 }) })).rejects.toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(
        /^the steps of one string of this length need [1-9]\d* MiB; one buffer of .* holds at most 0$/,
      ) as string,
    })
    cohort.dispose()
  })
})
