import { real } from '../../shared/options.ts'
import { add, divide, multiply, sqrt, subtract } from '../algebra/index.ts'
import { defineOptimizer } from './optimizer.ts'

export default defineOptimizer({
  id: 'adam',
  title: 'Adam',
  source: 'Kingma & Ba 2015, arXiv:1412.6980',
  options: {
    beta1: real({ default: 0.9, min: 0, max: 0.999999, doc: 'share of the mean gradient that is kept at each step' }),
    beta2: real({ default: 0.999, min: 0, max: 0.999999, doc: 'share of the mean square that is kept at each step' }),
    epsilon: real({ default: 1e-8, min: 0, doc: 'added to the root mean square, after bias correction' }),
  },
  slots: ['mean', 'square'],
  scalars: (rate, count, { beta1, beta2 }) => ({
    rate: rate / (1 - beta1 ** count),
    correction: 1 / Math.sqrt(1 - beta2 ** count),
  }),
  update({ weight, gradient, slots, scalars }, { beta1, beta2, epsilon }) {
    const mean = add(multiply(slots.mean, beta1), multiply(gradient, 1 - beta1))
    const square = add(multiply(slots.square, beta2), multiply(multiply(gradient, gradient), 1 - beta2))
    const step = divide(multiply(scalars.rate, mean), add(multiply(sqrt(square), scalars.correction), epsilon))
    return { weight: subtract(weight, step), slots: { mean, square } }
  },
})
