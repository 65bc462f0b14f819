import { describe, expect, it } from 'vitest'
import { Code, Frame, ModuleWriter } from './assembler.ts'
import { hasRelaxedMadd } from './arithmetic.ts'
import { writeExp, writeLog, writeSigmoid, writeTanh, type VectorMath } from './vector-math.ts'

const functions = {
  exp: { write: writeExp, exact: Math.exp, from: -86, to: 87.9, error: 2e-7 },
  tanh: { write: writeTanh, exact: Math.tanh, from: -12, to: 12, error: 5e-7 },
  sigmoid: { write: writeSigmoid, exact: (x: number) => 1 / (1 + Math.exp(-x)), from: -80, to: 40, error: 5e-7 },
  log: { write: writeLog, exact: Math.log, from: 1e-30, to: 50, error: 3e-7 },
}

/** Runs the vector code over an array. */
function compiled(name: keyof typeof functions, fused: boolean): (values: Float32Array) => Float32Array {
  const memory = new WebAssembly.Memory({ initial: 64 })
  const writer = new ModuleWriter()
  const frame = new Frame(['i32'])
  const at = frame.local('i32')
  const code = new Code()
  const math: VectorMath = {
    multiplyAdd(into) {
      if (fused) {
        into.vector('f32x4.relaxed_madd')
        return
      }
      const c = frame.local('v128')
      into.set(c).vector('f32x4.mul').get(c).vector('f32x4.add')
    },
  }
  code.i32(0).set(at).loop().get(at).get(at).memory('v128.load', 0)
  functions[name].write(math, code, frame)
  code.memory('v128.store', 0).get(at).i32(16).op('i32.add').tee(at).get(0).op('i32.lt_s').brIf(0).end()
  writer.function(frame, code, 'run')
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(writer.bytes()), { env: { memory } })
    .exports as unknown as { run(bytes: number): void }
  return values => {
    const view = new Float32Array(memory.buffer, 0, values.length)
    view.set(values)
    run(values.length * 4)
    return view.slice()
  }
}

const variants = [false, ...(hasRelaxedMadd() ? [true] : [])]
describe.each(variants)('fused multiply-add: %s', fused => {
  it.each(Object.keys(functions) as (keyof typeof functions)[])('%s is right to float32', name => {
    const { exact, from, to, error } = functions[name]
    const count = 40_000
    const values = Float32Array.from({ length: count }, (_, k) => from + ((to - from) * k) / (count - 1))
    const near = Float32Array.from({ length: 4_000 }, (_, k) => (name === 'log' ? 1 : 0) + (k - 2_000) * 1e-5)
    const small = Float32Array.from({ length: 400 }, (_, k) => 10 ** (-37 + k / 11))
    const run = compiled(name, fused)
    for (const inputs of [values, near, small]) {
      const found = run(inputs)
      const wrong = Array.from(inputs, (x, k) => ({ x, found: found[k]!, expected: exact(x) })).filter(
        ({ found: value, expected }) =>
          !(
            Math.abs(value - expected) <=
            error * (name === 'log' ? Math.max(Math.abs(expected), 1e-3) : Math.abs(expected))
          ),
      )
      expect(wrong).toEqual([])
    }
  })

  it('keeps NaN, and never leaves the range of the function', () => {
    const inputs = Float32Array.of(NaN, Infinity, -Infinity, 0, 1e30, -1e30, -0, NaN)
    for (const name of ['exp', 'tanh', 'sigmoid', 'log'] as const)
      expect([...compiled(name, fused)(inputs)].map(Number.isNaN), name).toEqual(
        name === 'log'
          ? [true, false, true, false, false, true, false, true]
          : [true, false, false, false, false, false, false, true],
      )
    expect([...compiled('tanh', fused)(inputs)].slice(1, 6)).toEqual([1, -1, 0, 1, -1])
    const [, one, zero, half] = compiled('sigmoid', fused)(inputs)
    expect([one, half]).toEqual([1, 0.5])
    expect(zero).toBeLessThan(1e-37)
    expect(compiled('log', fused)(inputs)[3]).toBe(-Infinity)
  })
})
