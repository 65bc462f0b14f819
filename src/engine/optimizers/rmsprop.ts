import { real } from '../../shared/options.ts'
import { add, divide, multiply, sqrt, subtract } from '../algebra/index.ts'
import { defineOptimizer } from './optimizer.ts'

export default defineOptimizer({
  id: 'rmsprop',
  title: 'RMSProp',
  source: 'Tieleman & Hinton 2012, Neural Networks for Machine Learning, lecture 6.5',
  options: {
    decay: real({ default: 0.99, min: 0, max: 1, doc: 'share of the mean square that is kept at each step' }),
    epsilon: real({ default: 1e-8, min: 0, doc: 'added to the root mean square' }),
  },
  slots: ['square'],
  scalars: rate => ({ rate }),
  update({ weight, gradient, slots, scalars }, { decay, epsilon }) {
    const square = add(multiply(slots.square, decay), multiply(multiply(gradient, gradient), 1 - decay))
    return {
      weight: subtract(weight, divide(multiply(scalars.rate, gradient), add(sqrt(square), epsilon))),
      slots: { square },
    }
  },
})
