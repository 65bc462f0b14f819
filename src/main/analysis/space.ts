import { sizeOf } from '../../engine/algebra/tensor.ts'
import { rowsAt, type Model } from '../../engine/model.ts'
import { pickOptimizer } from '../../engine/optimizers/pick.ts'
import { mostSnapshots } from '../../engine/train/snapshots.ts'
import type { StudySpec } from '../../shared/study.ts'
import type { Work } from './work.ts'

const FLOAT = 4
/** Bytes of the history for what a run says as it trains: an epoch's record, and a run's points, which are thinned to so many. */
const EPOCH_RECORD = 600
const POINTS = 60_000
/** A process that trains, before it has anything to train on. */
const PROCESS = 100e6

/** Bytes that one run leaves on the disk, and that it takes in memory while it trains. */
export function spaceOf(
  study: StudySpec,
  model: Model,
  { epochs, train, validation, tests }: Work,
): { disk: number; memory: number } {
  const { parameters, graph } = model
  const weights = FLOAT * parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const slots = pickOptimizer(study.training.optimizer).optimizer.slots.length
  // The last checkpoint has the optimizer's state beside the weights; the best one and the snapshots have the weights alone.
  const kept = 1 + slots + 1 + mostSnapshots(study, parameters)
  const longest =
    model.reads === 'text'
      ? (study.training.steps ?? 1)
      : Math.max(train.length, ...study.evaluation.bins.map(({ lengths }) => lengths[1]))
  const rows = rowsAt(model, longest, longest)
  const state = [...graph.states.values()].reduce(
    (sum, shape) => sum + shape.reduce<number>((size, side) => size * (typeof side === 'number' ? side : rows), 1),
    0,
  )
  const drawn = [train, validation, ...tests].reduce((sum, { length, strings }) => sum + length * strings, 0)
  return {
    disk: weights * kept + epochs * EPOCH_RECORD + POINTS,
    // The state of every step of a batch is kept on the way there, and its adjoint on the way back.
    memory: PROCESS + weights * (2 + slots) + FLOAT * drawn + 2 * FLOAT * study.training.batch * longest * state,
  }
}
