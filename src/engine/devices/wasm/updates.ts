import { multiply, scalar, stateBefore } from '../../algebra/operations.ts'
import { tracing } from '../../algebra/tensor.ts'
import type { Optimizer } from '../../optimizers/optimizer.ts'
import type { Options, ValuesOf } from '../../../shared/options.ts'
import { Code, Frame, ModuleWriter } from './assembler.ts'
import { KernelWriter } from './kernels.ts'
import { NO_SLOT, type Storage } from '../lowering/storage.ts'
import { SharedByThreads, type MeetingPlace } from './sharing.ts'

/**
 * The optimizer's rule as code over a parameter or a piece of one: `update(weights, gradient, ...slots, vectors, scale, ...scalars)`,
 * addresses and a count of four-float vectors first, then floats; `squares(address, vectors, into)`, which stores the sum of squares in
 * float64; `clear(address, bytes)`, which fills with zeros.
 */
export function compileUpdates(
  optimizer: Optimizer,
  options: ValuesOf<Options>,
  fusedMultiplyAdd: boolean,
  meeting?: MeetingPlace,
): { bytes: Uint8Array<ArrayBuffer>; scalars: string[] } {
  const writer = new ModuleWriter(meeting !== undefined)
  if (meeting) new SharedByThreads(writer, meeting)
  const scalars = Object.keys(optimizer.scalars(1, 1, options))
  tracing(() => {
    const tensors = ['weights', 'gradient', ...optimizer.slots]
    const count = tensors.length
    const frame = new Frame([...tensors.map(() => 'i32' as const), 'i32', 'f32', ...scalars.map(() => 'f32' as const)])
    const leaf = (name: string) => stateBefore(name, ['before'])
    const storage = (k: number): Storage => ({
      base: { local: k, offset: 0 },
      strides: [16],
      lanes: true,
      slot: NO_SLOT,
      extent: { local: count },
    })
    const { weight, slots } = optimizer.update(
      {
        weight: leaf('weights'),
        gradient: multiply(scalar('scale'), leaf('gradient')),
        slots: Object.fromEntries(optimizer.slots.map(name => [name, leaf(name)])),
        scalars: Object.fromEntries(scalars.map(name => [name, scalar(name)])),
      },
      options,
    )
    const kernels = new KernelWriter({
      vectors: 1,
      fusedMultiplyAdd,
      rows: { before: 0, after: 0 },
      symbols: { input: storage(0), target: storage(0) },
      reshaped: () => undefined,
      stored: tensor => (tensor.op.kind === 'state' ? storage(tensors.indexOf(tensor.op.name)) : undefined),
      scalars: Object.fromEntries(['scale', ...scalars].map((name, k) => [name, count + 1 + k])),
    })
    const code = new Code()
    const stores = [
      ...optimizer.slots.map((name, k) => ({ expression: slots[name]!, storage: storage(2 + k), copy: false })),
      { expression: weight, storage: storage(0), copy: false },
    ]
    kernels.map([{ local: count }], stores, frame, code)
    writer.function(frame, code, 'update')
  })
  writeSquares(writer)
  writer.function(new Frame(['i32', 'i32']), new Code().get(0).i32(0).get(1).fill(), 'clear')
  return { bytes: writer.bytes(), scalars }
}

function writeSquares(writer: ModuleWriter): void {
  const frame = new Frame(['i32', 'i32', 'i32'])
  const sum = frame.local('v128'),
    four = frame.local('v128')
  const code = new Code()
  const addPair = (): void => {
    const pair = frame.local('v128')
    code.vector('f64x2.promote_low_f32x4').tee(pair).get(pair).vector('f64x2.mul').get(sum).vector('f64x2.add').set(sum)
  }
  code.block().get(1).op('i32.eqz').brIf(0).loop()
  code.get(0).memory('v128.load', 0).tee(four)
  addPair()
  code.get(four).get(four).shuffleHighDoubles()
  addPair()
  code.get(0).i32(16).op('i32.add').set(0)
  code.get(1).i32(1).op('i32.sub').tee(1).brIf(0).end().end()
  code.get(2).get(sum).extractDouble(0).get(sum).extractDouble(1).op('f64.add').memory('f64.store', 0)
  writer.function(frame, code, 'squares')
}
