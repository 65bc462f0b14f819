export {
  add, append, broadcast, concat, constant, detach, divide, einsum, equal, exp, greater, keepRows, log, logSumExp, matvec, max, maximum, minimum, multiply, negate,
  outer, pick, reciprocal, relu, reshape, row, shiftDown, shiftUp, sigmoid, slice, softmax, split, spread, sqrt, subtract, sum, sumAbove, sumBelow, tanh, transpose, where, window,
} from './operations.ts'
export type { Dim, Rows, Shape, Tensor } from './tensor.ts'
