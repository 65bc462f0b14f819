import { Code, Frame, ModuleWriter } from './assembler.ts'

let known: boolean | undefined

/** Whether this engine has relaxed SIMD (a product and a sum in one instruction where the processor can). */
export function hasFusedMultiplyAdd(): boolean {
  if (known === undefined) {
    const writer = new ModuleWriter()
    writer.function(new Frame(), new Code().splatF32(0).splatF32(0).splatF32(0).vector('f32x4.relaxed_madd').op('drop'))
    known = WebAssembly.validate(writer.bytes())
  }
  return known
}
