import { multiply, subtract } from '../algebra/index.ts'
import { defineOptimizer } from './optimizer.ts'

export default defineOptimizer({
  id: 'sgd',
  title: 'Stochastic gradient descent',
  source: 'Robbins & Monro 1951, doi:10.1214/aoms/1177729586',
  options: {},
  slots: [],
  scalars: rate => ({ rate }),
  update: ({ weight, gradient, scalars }) => ({
    weight: subtract(weight, multiply(scalars.rate, gradient)),
    slots: {},
  }),
})
