import { Code, Frame, type ModuleWriter } from './assembler.ts'
import { STEPS_TOGETHER } from './outer-product.ts'

/** A kernel's function, whether it works on several time steps at once, and what must run before the first of them. */
export interface Call { readonly call: number, readonly together: boolean, readonly before?: number }

export const before = (calls: readonly Call[]): number[] => calls.flatMap(({ before }) => before ?? [])

/** A call of a step's function; its conditions are about time step 0. */
export interface StepCall { readonly call: number, readonly argument?: boolean, readonly onlyFirst?: boolean, readonly unlessFirst?: boolean }

/** step(t). */
export function writeStep(writer: ModuleWriter, calls: readonly StepCall[]): number {
  const code = new Code()
  for (const { call, argument, onlyFirst, unlessFirst } of calls) {
    if (onlyFirst) code.get(0).op('i32.eqz').if().call(call).end()
    else if (unlessFirst) code.get(0).if().call(call).end()
    else if (argument) code.get(0).call(call)
    else code.call(call)
  }
  return writer.function(new Frame(['i32']), code, 'step')
}

/** forward(n): steps 0 … n from the state that lies in step 0. */
export function writeForward(writer: ModuleWriter, step: number): void {
  const frame = new Frame(['i32'])
  const t = frame.local('i32')
  const code = new Code()
  code.i32(0).set(t).loop().get(t).call(step)
  code.get(t).i32(1).op('i32.add').tee(t).get(0).op('i32.le_s').brIf(0).end()
  writer.function(frame, code, 'forward')
}

/**
 * forward(n), where the predictions of several time steps are made together: steps 0 … n in chunks, each followed by its predictions.
 * @param first the first step after which something is predicted
 */
export function writeForwardInChunks(writer: ModuleWriter, { begin, step, predict, chunkSteps, first }: { begin: number, step: number, predict: number, chunkSteps: number, first: 0 | 1 }): void {
  const frame = new Frame(['i32'])
  const t = frame.local('i32'), left = frame.local('i32'), count = frame.local('i32'), steps = frame.local('i32'), from = frame.local('i32')
  const code = new Code().i32(0).set(t).get(0).i32(1).op('i32.add').set(left).loop()
  pushFewer(code, left, chunkSteps).tee(count).set(steps)
  code.get(t).set(from).countDown(steps, () => code.get(t).call(step).advance(t, 1))
  if (first === 1) code.get(from).op('i32.eqz').if().i32(1).set(from).end()
  code.get(t).get(from).op('i32.sub').tee(steps).if().get(from).get(steps).call(predict).end()
  code.get(left).get(count).op('i32.sub').tee(left).brIf(0).end()
  writer.function(frame, code.get(0).call(begin), 'forward')
}

/** (first, count): the predictions of so many time steps, and what they add to the weight gradients. */
export function writePredictions(writer: ModuleWriter, begin: number, calls: readonly Call[], gradients: readonly Call[]): number {
  const frame = new Frame(['i32', 'i32'])
  const left = frame.local('i32'), t = frame.local('i32')
  const code = new Code().get(0).globalSet(writer.global('chunkFirst')).get(1).globalSet(writer.global('times'))
  for (let from = 0; from < calls.length;) {
    const { together } = calls[from]!
    const other = calls.findIndex((call, k) => k > from && call.together !== together)
    const group = calls.slice(from, other < 0 ? calls.length : other)
    if (together) {
      code.get(0).call(begin)
      for (const { call } of group) code.call(call)
    } else {
      code.get(0).set(t).get(1).set(left).countDown(left, () => {
        code.get(t).call(begin)
        for (const { call } of group) code.call(call)
        code.advance(t, 1)
      })
    }
    from += group.length
  }
  code.get(0).call(begin)
  for (const { call } of gradients) code.call(call)
  return writer.function(frame, code)
}

/** backward(n): adjoints of all states, from step n down to step 1. */
export function writeBackward(writer: ModuleWriter, begin: number, start: readonly number[], kernels: readonly Call[]): void {
  const frame = new Frame(['i32'])
  const t = frame.local('i32')
  const code = new Code()
  if (kernels.length > 0) {
    code.get(0).call(begin)
    for (const call of [...start, ...before(kernels)]) code.call(call)
    code.get(0).set(t).block().get(t).op('i32.eqz').brIf(0).loop().get(t).call(begin)
    for (const { call } of kernels) code.call(call)
    code.get(t).i32(1).op('i32.sub').tee(t).brIf(0).end().end()
  }
  writer.function(frame, code, 'backward')
}

/** accumulate(n): adds weight gradients of the string's steps, each part from its first step on. */
export function writeAccumulate(writer: ModuleWriter, begin: number, parts: readonly { readonly gradients: readonly Call[], readonly first: number }[]): void {
  const times = writer.global('times')
  const frame = new Frame(['i32'])
  const t = frame.local('i32'), left = frame.local('i32'), count = frame.local('i32')
  const code = new Code()
  for (const { gradients, first } of parts.filter(part => part.gradients.length > 0)) {
    const calls = (together: boolean): void => { for (const each of gradients) if (each.together === together) code.call(each.call) }
    code.i32(first).call(begin).get(0).i32(1 - first).op('i32.add').tee(left).globalSet(times)
    calls(false)
    if (!gradients.some(({ together }) => together)) continue
    code.i32(first).set(t).block().get(left).op('i32.eqz').brIf(0).loop()
    pushFewer(code, left, STEPS_TOGETHER).tee(count).globalSet(times).get(t).call(begin)
    calls(true)
    code.get(t).get(count).op('i32.add').set(t).get(left).get(count).op('i32.sub').tee(left).brIf(0).end().end()
  }
  writer.function(frame, code, 'accumulate')
}

const pushFewer = (code: Code, left: number, most: number): Code => code.get(left).i32(most).get(left).i32(most).op('i32.lt_s').op('select')
