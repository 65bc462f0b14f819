import { add, einsum, exp, multiply, negate, spread, subtract, sum, tanh, matvec } from '../algebra/index.ts'
import { defineMemory, type Memory } from '../memories/memory.ts'
import { uniform, zeros } from '../parameters.ts'

/**
 * A diagonal state space whose step size is learned: its matrices are made of parameters alone, by the bilinear rule and by elementwise
 * functions, and with a sum (Gupta et al. 2022, arXiv:2206.11893, in real numbers).
 */
export const stateSpace = (channels: number, order: number): Memory =>
  defineMemory({
    id: 'state-space',
    title: 'State space',
    source: 'arXiv:2206.11893',
    options: {},
    examples: [{}],
    params: ({ hidden }) => ({
      step: { log: uniform([channels]) },
      decay: { log: uniform([channels, order]) },
      input: { weights: uniform([channels, hidden]), bias: zeros([channels]) },
      output: { weights: uniform([channels, order]) },
    }),
    state: () => ({ cells: [channels, order], reading: [channels] }),
    reading: ({ reading }) => reading!,
    step({ cells }, hidden, p) {
      const size = spread(exp(p.step.log!), 1, order)
      const decay = multiply(size, exp(p.decay.log!))
      const kept = exp(negate(decay))
      const gain = multiply(subtract(1, kept), spread(exp(negate(sum(p.decay.log!, [1]))), 1, order))
      const given = add(matvec(p.input.weights!, hidden), p.input.bias!)
      const next = add(multiply(kept, cells!), multiply(gain, spread(given, 1, order)))
      return { state: { cells: next, reading: tanh(einsum('cn,cn->c', next, p.output.weights!)) } }
    },
  })
