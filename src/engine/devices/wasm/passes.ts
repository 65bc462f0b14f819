import { Code, Frame, type ModuleWriter } from './assembler.ts'
import { STEPS_TOGETHER } from './outer-product.ts'
import type { Sharing } from './sharing.ts'

/** A function without parameters; where it is `shared`, every thread calls it and does a part. */
export interface Called {
  readonly call: number
  readonly shared: boolean
}

/** A kernel's function, whether it works on several time steps at once, and what must run before the first of them. */
export interface Call extends Called {
  readonly together: boolean
  readonly before?: Called
}

export const before = (calls: readonly Call[]): Called[] => calls.flatMap(({ before }) => before ?? [])

/** Calls one after the other; what one has made is there for the next. */
function inTurn(code: Code, sharing: Sharing, calls: readonly Called[]): void {
  calls.forEach(({ call, shared }, k) => {
    if (!shared) return sharing.first(code, () => code.call(call))
    if (!calls[k - 1]?.shared) sharing.barrier(code)
    code.call(call)
    sharing.barrier(code)
  })
}

/** Calls that do not depend on each other. */
function apart(code: Code, sharing: Sharing, calls: readonly Called[]): void {
  sharing.barrier(code)
  calls.forEach(({ call, shared }, k) => {
    if (shared) code.call(call)
    else sharing.one(code, k, () => code.call(call))
  })
  sharing.barrier(code)
}

/** What a step calls: `prepare` at step 0, `step` at all others, and its `output` where it is not made for several steps at once. */
interface StepCalls {
  readonly prepare: readonly Called[]
  readonly step: readonly Called[]
  readonly output: readonly Called[]
  /** The first step after which something is predicted. */ readonly first: 0 | 1
}

/** step(t). */
export function writeStep(
  writer: ModuleWriter,
  sharing: Sharing,
  begin: number,
  { prepare, step, output, first }: StepCalls,
): number {
  const code = new Code().get(0).call(begin).get(0).op('i32.eqz').if()
  inTurn(code, sharing, prepare)
  code.end().get(0).if()
  inTurn(code, sharing, step)
  if (first === 1) inTurn(code, sharing, output)
  code.end()
  if (first === 0) inTurn(code, sharing, output)
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
export function writeForwardInChunks(
  writer: ModuleWriter,
  {
    begin,
    step,
    predict,
    chunkSteps,
    first,
  }: { begin: number; step: number; predict: number; chunkSteps: number; first: 0 | 1 },
): void {
  const frame = new Frame(['i32'])
  const t = frame.local('i32'),
    left = frame.local('i32'),
    count = frame.local('i32'),
    steps = frame.local('i32'),
    from = frame.local('i32')
  const code = new Code().i32(0).set(t).get(0).i32(1).op('i32.add').set(left).loop()
  pushFewer(code, left, chunkSteps).tee(count).set(steps)
  code
    .get(t)
    .set(from)
    .countDown(steps, () => code.get(t).call(step).advance(t, 1))
  if (first === 1) code.get(from).op('i32.eqz').if().i32(1).set(from).end()
  code.get(t).get(from).op('i32.sub').tee(steps).if().get(from).get(steps).call(predict).end()
  code.get(left).get(count).op('i32.sub').tee(left).brIf(0).end()
  writer.function(frame, code.get(0).call(begin), 'forward')
}

/** (first, count): the predictions of so many time steps, and what they add to the weight gradients. Threads share out what is done step by step. */
export function writePredictions(
  writer: ModuleWriter,
  sharing: Sharing,
  begin: number,
  calls: readonly Call[],
  gradients: readonly Call[],
): number {
  const frame = new Frame(['i32', 'i32'])
  const left = frame.local('i32'),
    t = frame.local('i32'),
    end = frame.local('i32')
  const code = new Code().get(0).globalSet(writer.global('chunkFirst')).get(1).globalSet(writer.global('times'))
  for (let from = 0; from < calls.length;) {
    const { together } = calls[from]!
    const other = calls.findIndex((call, k) => k > from && call.together !== together)
    const group = calls.slice(from, other < 0 ? calls.length : other)
    if (together) {
      code.get(0).call(begin)
      inTurn(code, sharing, group)
    } else {
      sharing.barrier(code)
      sharing.part(code, () => code.get(1), t, end)
      code
        .get(end)
        .get(t)
        .op('i32.sub')
        .set(left)
        .get(t)
        .get(0)
        .op('i32.add')
        .set(t)
        .countDown(left, () => {
          code.get(t).call(begin)
          for (const { call } of group) code.call(call)
          code.advance(t, 1)
        })
      sharing.barrier(code)
    }
    from += group.length
  }
  code.get(0).call(begin)
  apart(code, sharing, gradients)
  return writer.function(frame, code)
}

/** backward(n): adjoints of all states, from step n down to step 1. */
export function writeBackward(
  writer: ModuleWriter,
  sharing: Sharing,
  begin: number,
  start: readonly Called[],
  kernels: readonly Call[],
): void {
  const frame = new Frame(['i32'])
  const t = frame.local('i32')
  const code = new Code()
  if (kernels.length > 0) {
    code.get(0).call(begin)
    inTurn(code, sharing, [...start, ...before(kernels)])
    code.get(0).set(t).block().get(t).op('i32.eqz').brIf(0).loop().get(t).call(begin)
    inTurn(code, sharing, kernels)
    code.get(t).i32(1).op('i32.sub').tee(t).brIf(0).end().end()
  }
  writer.function(frame, code, 'backward')
}

/** accumulate(n): adds weight gradients of the string's steps, each part from its first step on. */
export function writeAccumulate(
  writer: ModuleWriter,
  sharing: Sharing,
  begin: number,
  parts: readonly { readonly gradients: readonly Call[]; readonly first: number }[],
): void {
  const times = writer.global('times')
  const frame = new Frame(['i32'])
  const t = frame.local('i32'),
    left = frame.local('i32'),
    count = frame.local('i32')
  const code = new Code()
  for (const { gradients, first } of parts.filter(part => part.gradients.length > 0)) {
    const single = gradients.filter(({ together }) => !together),
      large = gradients.filter(({ together }) => together)
    code
      .i32(first)
      .call(begin)
      .get(0)
      .i32(1 - first)
      .op('i32.add')
      .tee(left)
      .globalSet(times)
    apart(code, sharing, single)
    if (large.length === 0) continue
    code.i32(first).set(t).block().get(left).op('i32.eqz').brIf(0).loop()
    pushFewer(code, left, STEPS_TOGETHER).tee(count).globalSet(times).get(t).call(begin)
    apart(code, sharing, large)
    code.get(t).get(count).op('i32.add').set(t).get(left).get(count).op('i32.sub').tee(left).brIf(0).end().end()
  }
  writer.function(frame, code, 'accumulate')
}

const pushFewer = (code: Code, left: number, most: number): Code =>
  code.get(left).i32(most).get(left).i32(most).op('i32.lt_s').op('select')
