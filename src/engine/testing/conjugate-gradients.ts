import {
  add,
  divide,
  einsum,
  equal,
  matvec,
  multiply,
  outer,
  spread,
  subtract,
  sum,
  type Tensor,
} from '../algebra/index.ts'
import { node } from '../algebra/tensor.ts'
import { defineMemory, type Memory } from '../memories/memory.ts'
import { uniform, zeros } from '../parameters.ts'

const dot = (a: Tensor, b: Tensor): Tensor => sum(multiply(a, b))
const index = (size: number): Tensor => node({ kind: 'index' }, [size])

/** The identity matrix, [size, size]. */
const identity = (size: number): Tensor => equal(spread(index(size), 1, size), spread(index(size), 0, size))

/**
 * A memory that finds its reading by solving for a key, `iterations` steps of conjugate gradients unrolled in the graph (von Oswald
 * et al. 2025, arXiv:2506.05233): as deep a step as cells have, and each iteration reads the one before it several times.
 */
export const conjugateGradients = (iterations: number, keys = 16): Memory =>
  defineMemory({
    id: `conjugate-gradients-${iterations}`,
    title: `${iterations} iterations of conjugate gradients`,
    source: 'arXiv:2506.05233',
    options: {},
    examples: [{}],
    params: ({ hidden }) => ({
      key: { weights: uniform([keys, hidden]), bias: zeros([keys]) },
      value: { weights: uniform([keys, hidden]), bias: zeros([keys]) },
      query: { weights: uniform([keys, hidden]), bias: zeros([keys]) },
    }),
    state: () => ({ pairs: [keys, keys], gram: [keys, keys], answer: [keys] }),
    reading: ({ answer }) => answer!,
    step({ pairs, gram }, hidden, p) {
      const read = ({ weights, bias }: { weights: Tensor; bias: Tensor }): Tensor => add(matvec(weights, hidden), bias)
      const key = read(p.key),
        value = read(p.value),
        query = read(p.query)
      const nextPairs = add(multiply(0.9, pairs!), outer(value, key))
      const nextGram = add(multiply(0.9, gram!), outer(key, key))
      const system = add(nextGram, multiply(0.25, identity(keys)))
      let x = multiply(query, 0),
        rest = query,
        direction = query,
        squares = dot(rest, rest)
      for (let k = 0; k < iterations; k++) {
        const moved = matvec(system, direction)
        const far = divide(squares, add(dot(direction, moved), 1e-12))
        x = add(x, multiply(far, direction))
        rest = subtract(rest, multiply(far, moved))
        const next = dot(rest, rest)
        direction = add(rest, multiply(divide(next, add(squares, 1e-12)), direction))
        squares = next
      }
      return { state: { pairs: nextPairs, gram: nextGram, answer: einsum('vk,k->v', nextPairs, x) } }
    },
  })
