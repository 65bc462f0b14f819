import type { UnaryFunction } from '../../algebra/tensor.ts'
import type { Code, Frame } from './assembler.ts'

/**
 * Elementary functions on four floats. Polynomials are our own least-squares fits on Chebyshev nodes (weighted by relative error).
 * Largest relative errors in float32: exp 1.5e-7 on [-87, 88], tanh 4e-7, log 3e-7; NaN stays NaN.
 */
export interface VectorMath {
  /** Pops c, b, a in this order from the top: a * b + c, rounded once where the machine can. */
  multiplyAdd(code: Code): void
}

const EXP = [0.49999988079071045, 0.166665181517601, 0.04166953265666962, 0.008368915878236294, 0.0013751407386735082]
const TANH_TOP = [1, 0.1338372379541397, 0.0034986569080501795, 2.0654078980442137e-5, 1.3406613597055639e-8]
const TANH_BOTTOM = [1, 0.46717044711112976, 0.02588900737464428, 0.00032904164982028306, 7.800021535331325e-7]
const LOG = [
  0.33333972096443176, -0.250009685754776, 0.19960597157478333, -0.165879487991333, 0.14950978755950928,
  -0.14197471737861633, 0.08506953716278076,
]

/** sum c[k] x^k by Horner's rule; x in a local. */
function polynomial(math: VectorMath, code: Code, x: number, coefficients: readonly number[]): void {
  code.splatF32(coefficients.at(-1)!)
  for (const c of coefficients.slice(0, -1).toReversed()) {
    code.get(x).splatF32(c)
    math.multiplyAdd(code)
  }
}

/** Replaces the top of the stack by its exponential. 2^n * e^r with n whole and |r| <= ln 2 / 2. */
export function writeExp(math: VectorMath, code: Code, frame: Frame): void {
  const r = frame.local('v128'),
    n = frame.local('v128')
  code.splatF32(88).vector('f32x4.pmin').splatF32(-87).vector('f32x4.pmax').tee(r)
  code.splatF32(Math.LOG2E).vector('f32x4.mul').vector('f32x4.nearest').tee(n)
  code.splatF32(-0.693359375).get(r)
  math.multiplyAdd(code)
  code.set(r)
  code.get(n).splatF32(2.1219444e-4).get(r)
  math.multiplyAdd(code)
  code.set(r)
  polynomial(math, code, r, EXP)
  code.get(r).get(r).vector('f32x4.mul').get(r)
  math.multiplyAdd(code)
  code.splatF32(1).vector('f32x4.add')
  code
    .get(n)
    .vector('i32x4.trunc_sat_f32x4_s')
    .splatI32(127)
    .vector('i32x4.add')
    .i32(23)
    .vector('i32x4.shl')
    .vector('f32x4.mul')
}

export function writeSigmoid(math: VectorMath, code: Code, frame: Frame): void {
  code.vector('f32x4.neg')
  writeExp(math, code, frame)
  const e = frame.local('v128')
  code.set(e).splatF32(1).get(e).splatF32(1).vector('f32x4.add').vector('f32x4.div')
}

export function writeTanh(math: VectorMath, code: Code, frame: Frame): void {
  const x = frame.local('v128'),
    u = frame.local('v128')
  code.splatF32(9).vector('f32x4.pmin').splatF32(-9).vector('f32x4.pmax').tee(x)
  code.get(x).vector('f32x4.mul').set(u)
  polynomial(math, code, u, TANH_TOP)
  code.get(x).vector('f32x4.mul')
  polynomial(math, code, u, TANH_BOTTOM)
  code.vector('f32x4.div').splatF32(1).vector('f32x4.pmin').splatF32(-1).vector('f32x4.pmax')
}

/** Natural logarithm of positive numbers: exponent * ln 2 + log(1 + f), 1 + f in [sqrt(1/2), sqrt(2)). Zero gives -inf, below zero NaN. */
export function writeLog(math: VectorMath, code: Code, frame: Frame): void {
  const x = frame.local('v128'),
    exponent = frame.local('v128'),
    f = frame.local('v128'),
    square = frame.local('v128')
  const sqrtHalfBits = 0x3f3504f3
  code.set(x)
  code.get(x).splatI32(sqrtHalfBits).vector('i32x4.sub').i32(23).vector('i32x4.shr_s').tee(exponent)
  code.i32(23).vector('i32x4.shl').set(f)
  code.get(x).get(f).vector('i32x4.sub').splatF32(1).vector('f32x4.sub').tee(f)
  code.get(f).vector('f32x4.mul').set(square)
  code.get(exponent).vector('f32x4.convert_i32x4_s').set(exponent)
  polynomial(math, code, f, LOG)
  code.get(f).get(square).vector('f32x4.mul').vector('f32x4.mul')
  code.set(square)
  // exponent * ln2_high + (f + (f^3 P(f) - f^2 / 2 + exponent * ln2_low)), small terms first
  code.get(exponent).splatF32(0.693359375).get(exponent).splatF32(-2.1219444e-4)
  code.get(f).get(f).vector('f32x4.mul').splatF32(-0.5).get(square)
  math.multiplyAdd(code)
  math.multiplyAdd(code)
  code.get(f).vector('f32x4.add')
  math.multiplyAdd(code)
  code.splatF32(-Infinity).splatF32(NaN).get(x).splatF32(0).vector('f32x4.eq').vector('v128.bitselect')
  code.splatF32(0).get(x).vector('f32x4.lt').vector('v128.bitselect')
}

/** Replaces the top of the stack by a function of it. */
export function writeUnary(f: UnaryFunction, math: VectorMath, code: Code, frame: Frame): void {
  switch (f) {
    case 'negate':
      code.vector('f32x4.neg')
      return
    case 'exp':
      writeExp(math, code, frame)
      return
    case 'log':
      writeLog(math, code, frame)
      return
    case 'tanh':
      writeTanh(math, code, frame)
      return
    case 'sigmoid':
      writeSigmoid(math, code, frame)
      return
    case 'relu':
      code.splatF32(0).vector('f32x4.pmax')
      return
    case 'sqrt':
      code.vector('f32x4.sqrt')
      return
    case 'reciprocal': {
      const x = frame.local('v128')
      code.set(x).splatF32(1).get(x).vector('f32x4.div')
      return
    }
    case 'detach':
      return
  }
}
