import type { Arithmetic } from '../../../shared/run-events.ts'
import { Code, Frame, ModuleWriter, MOST_PAGES } from './assembler.ts'
import { Loaded } from './team.ts'

let relaxed: boolean | undefined

/** Whether this engine has relaxed SIMD (a product and a sum in one instruction where the processor can). */
export function hasRelaxedMadd(): boolean {
  if (relaxed === undefined) relaxed = WebAssembly.validate(probe())
  return relaxed
}

let found: Arithmetic | undefined

/**
 * How this processor rounds a relaxed product and sum: once, or twice where it has no instruction for both. Worked out, since nothing
 * tells: 1 + 2^-12 squared is 1 + 2^-11 + 2^-24, whose last part a rounding of the product alone would lose.
 */
export function relaxedArithmetic(): Arithmetic {
  if (!hasRelaxedMadd()) return 'unfused'
  if (found === undefined) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: false })
    new Float32Array(memory.buffer).set([1 + 2 ** -12, -(1 + 2 ** -11)])
    new Loaded(probe(), memory).run([['probe']])
    found = new Float32Array(memory.buffer)[4] === 2 ** -24 ? 'fused' : 'unfused'
  }
  return found
}

/** Squares the float at 0, adds the one at 4 and stores the result at 16. */
function probe(): Uint8Array<ArrayBuffer> {
  const writer = new ModuleWriter()
  const code = new Code().i32(16)
  for (const at of [0, 0, 4]) code.i32(at).memory('v128.load32_splat', 0)
  writer.function(new Frame(), code.vector('f32x4.relaxed_madd').memory('v128.store', 0), 'probe')
  return writer.bytes()
}
