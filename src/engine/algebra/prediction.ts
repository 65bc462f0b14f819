import { equal, greater, logSumExp, max, multiply, negate, spread, subtract, sum, where } from './operations.ts'
import { node, type Tensor } from './tensor.ts'

/** Negative log-likelihood in nats of the target under `logits`. [classes], one-hot [classes] -> []. */
export const crossEntropy = (logits: Tensor, target: Tensor): Tensor =>
  subtract(logSumExp(logits), sum(multiply(target, logits)))

/** 1 when the first of the largest logits is the target's, else 0. */
export function isFirstLargest(logits: Tensor, target: Tensor): Tensor {
  const classes = logits.shape[0] as number
  const index = node({ kind: 'index' }, [classes])
  const candidates = where(greater(spread(max(logits), 0, classes), logits), -classes, negate(index))
  return equal(max(candidates), negate(sum(multiply(target, index))))
}
