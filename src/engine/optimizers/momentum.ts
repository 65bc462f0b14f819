import { real } from '../../shared/options.ts'
import { add, multiply, subtract } from '../algebra/index.ts'
import { defineOptimizer } from './optimizer.ts'

/** PyTorch's form: velocity = momentum * velocity + gradient; weight -= rate * velocity. */
export default defineOptimizer({
  id: 'momentum',
  title: 'Gradient descent with momentum',
  source: 'Polyak 1964, doi:10.1016/0041-5553(64)90137-5',
  options: { momentum: real({ default: 0.9, min: 0, max: 1, doc: 'share of the velocity that is kept at each step' }) },
  slots: ['velocity'],
  scalars: rate => ({ rate }),
  update({ weight, gradient, slots, scalars }, { momentum }) {
    const velocity = add(multiply(slots.velocity, momentum), gradient)
    return { weight: subtract(weight, multiply(scalars.rate, velocity)), slots: { velocity } }
  },
})
