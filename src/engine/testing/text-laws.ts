import { describe, expect, it } from 'vitest'
import { chance } from '../chance.ts'
import type { AnyExecutor, Batch } from '../devices/device.ts'
import { Interpreter, type Besides } from '../devices/interpreter/interpreter.ts'
import { reverse, type Model } from '../model.ts'
import { float64 } from './float64.ts'
import { lively, relativeError } from './model-laws.ts'

/** Words of the models that laws are tried on. */
export const WORDS = 4

/** Streams of text: `length + 1` words each. */
function randomStreams(size: number, length: number, seed: number): number[][] {
  const draw = chance(seed)
  return Array.from({ length: size }, () => Array.from({ length: length + 1 }, () => draw.integer(WORDS)))
}

function chunkOf(streams: readonly (readonly number[])[], from: number, to: number): Batch & { next: Int32Array } {
  return {
    size: streams.length,
    length: to - from,
    symbols: Int32Array.from(streams.flatMap(stream => stream.slice(from, to))),
    next: Int32Array.from(streams, stream => stream[to]!),
  }
}

/** Factors of dropout for steps from … to, of the same draw for every way to cut a stream. */
function masksOf({ masks, dropout }: Model, size: number, from: number, to: number): Map<string, Float32Array> {
  return new Map(
    masks.map(({ name, width }) => [
      name,
      Float32Array.from({ length: size * (to - from + 1) * width }, (_, k) => {
        const unit = k % width,
          t = (Math.floor(k / width) % (to - from + 1)) + from,
          row = Math.floor(k / width / (to - from + 1))
        return chance(1).fork(`${name}/${row}/${t}/${unit}`).uniform() < dropout ? 0 : 1 / (1 - dropout)
      }),
    ]),
  )
}

const CUTS = [0, 4, 5, 11, 12]

type Open = (model: Model) => Promise<AnyExecutor>

/** A model that reads text: carrying its state on changes no value, and derivatives of a chunk are those of its loss alone. */
export function textLaws(name: string, model: Model, open: Open, oracle: Open): void {
  describe(`text read by ${name}`, () => {
    const shapes = new Map(model.parameters.map(({ name: parameter, shape }) => [parameter, shape]))
    const weights = new Map([...lively(model, 7)].map(([parameter, values]) => [parameter, Float64Array.from(values)]))
    const read = (parameter: string) => ({ values: weights.get(parameter)!, shape: shapes.get(parameter)! })
    const interpreter = new Interpreter(model, float64)
    const streams = randomStreams(3, CUTS.at(-1)!, 11)
    const words = (from: number, to: number): { strings: number[][]; besides: Besides } => ({
      strings: streams.map(stream => stream.slice(from, to)),
      besides: { next: streams.map(stream => stream[to]!), masks: masksOf(model, streams.length, from, to) },
    })
    it('costs the same in chunks as in one piece', () => {
      const all = words(0, CUTS.at(-1)!)
      const whole = interpreter.score(all.strings, read, all.besides)
      const sum = new Float64Array(streams.length)
      let carried: Besides['carried']
      CUTS.slice(1).forEach((to, k) => {
        const { strings, besides } = words(CUTS[k]!, to)
        const scored = interpreter.score(strings, read, { ...besides, carried })
        scored.nats.forEach((value, row) => {
          sum[row]! += value
        })
        carried = {
          age: scored.left.age,
          states: new Map(
            [...scored.left.states].map(([state, values]) => [state, repeated(values, state, scored.left.age)]),
          ),
        }
      })
      expect(relativeError(sum, whole.nats)).toBeLessThan(1e-9)
    })

    function repeated(values: Float64Array, state: string, age: number): Float64Array {
      const rows = model.graph.rows ? Math.min(age, model.graph.rows.limit) : 0
      const own = model.graph.states
        .get(state)!
        .reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : rows), 1)
      return values.length === own * streams.length
        ? values
        : Float64Array.from({ length: own * streams.length }, (_, k) => values[k % own]!)
    }

    it('gradients of a chunk equal finite differences, what was carried on held fast', () => {
      const first = words(0, 5)
      const { left } = interpreter.score(first.strings, read, first.besides)
      const carried = {
        age: left.age,
        states: new Map([...left.states].map(([state, values]) => [state, repeated(values, state, left.age)])),
      }
      const { strings, besides } = words(5, 9)
      const { gradients, loss: own } = interpreter.gradients(strings, read, reverse(model, new Set(shapes.keys())), {
        ...besides,
        carried,
      })
      const loss = (): number =>
        interpreter.score(strings, read, { ...besides, carried }).nats.reduce((a, b) => a + b, 0) / (streams.length * 4)
      expect(own).toBeCloseTo(loss(), 10)
      const draw = chance(5)
      const scale = Math.max(...[...gradients.values()].flatMap(values => [...values].map(Math.abs)))
      for (const [parameter, values] of weights) {
        for (let sample = 0; sample < 3; sample++) {
          const k = draw.integer(values.length),
            kept = values[k]!,
            h = 1e-3
          const at = (offset: number): number => {
            values[k] = kept + offset
            return loss()
          }
          const slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
          values[k] = kept
          const derived = gradients.get(parameter)?.[k] ?? 0
          expect(
            Math.abs(derived - slope) / Math.max(Math.abs(slope), scale * 1e-3),
            `${parameter}[${k}]: ${derived} against ${slope}`,
          ).toBeLessThan(1e-6)
        }
      }
    })
  })
  textDeviceLaws(name, model, open, oracle)
}

/** A device that reads text, against another one. */
export function textDeviceLaws(name: string, model: Model, open: Open, oracle: Open): void {
  describe(`text read by ${name} on a device`, () => {
    const streams = randomStreams(3, CUTS.at(-1)!, 11)
    const opened = async (how: Open): Promise<AnyExecutor> => {
      const executor = await how(model)
      for (const [parameter, values] of lively(model, 7)) executor.write(parameter, values)
      return executor
    }

    it.each([1, 3, 18])('a device agrees with the oracle chunk by chunk, %i streams', async size => {
      const [device, judge] = [await opened(open), await opened(oracle)]
      const many = randomStreams(size, CUTS.at(-1)!, 13)
      let found: Pick<Batch, 'carried'> = {},
        expected: Pick<Batch, 'carried'> = {}
      for (const [k, to] of CUTS.slice(1).entries()) {
        const chunk = chunkOf(many, CUTS[k]!, to)
        const masks = masksOf(model, size, CUTS[k]!, to)
        const [own, its] = [
          await device.gradients({ ...chunk, ...found, masks }),
          await judge.gradients({ ...chunk, ...expected, masks }),
        ]
        expect(relativeError([own.loss], [its.loss])).toBeLessThan(1e-5)
        for (const [parameter, values] of its.gradients)
          expect(relativeError(own.gradients.get(parameter)!, values), parameter).toBeLessThan(1e-4)
        const [scores, judged] = [
          await device.evaluate({ ...chunk, ...found }),
          await judge.evaluate({ ...chunk, ...expected }),
        ]
        expect(relativeError(scores.nats, judged.nats)).toBeLessThan(1e-5)
        expect(relativeError(scores.predictions!.nats, judged.predictions!.nats)).toBeLessThan(1e-4)
        expect([...scores.predictions!.correct]).toEqual([...judged.predictions!.correct])
        expect([...scores.correct]).toEqual([...judged.correct])
        expect(scores.carried!.age).toBe(to)
        for (const [state, values] of judged.carried!.states)
          expect(relativeError(scores.carried!.states.get(state)!, values), state).toBeLessThan(1e-4)
        found = { carried: scores.carried }
        expected = { carried: judged.carried }
      }
    })

    it('a device carries the same from a step as from an evaluation, to the bit, and updates with what it carried', async () => {
      const [training, scoring] = [await opened(open), await opened(open)]
      const first = chunkOf(streams, 0, 5),
        second = chunkOf(streams, 5, 11)
      const { carried } = await scoring.evaluate(first)
      const stepped = await training.step(first, { learningRate: 0, clipNorm: null })
      expect([...stepped.carried!.states].map(([state, values]) => [state, [...values]])).toEqual(
        [...carried!.states].map(([state, values]) => [state, [...values]]),
      )
      const { loss } = await training.step(
        { ...second, carried: stepped.carried },
        { learningRate: 0.1, clipNorm: null },
      )
      expect(loss).toBeCloseTo(
        (await scoring.evaluate({ ...second, carried })).nats.reduce((a, b) => a + b, 0) /
          (streams.length * second.length),
        5,
      )
    })

    it('refuses strings, and a state of other streams', async () => {
      const device = await opened(open)
      const { next: _, ...strings } = chunkOf(streams, 0, 4)
      await expect(async () => device.evaluate(strings)).rejects.toThrow(
        'this model reads text; the batch is of strings',
      )
      const { carried } = await device.evaluate(chunkOf(streams, 0, 4))
      await expect(async () => device.evaluate({ ...chunkOf(streams.slice(1), 4, 5), carried })).rejects.toThrow(
        'the state carried on is of 3 streams; the batch has 2',
      )
    })
  })
}
