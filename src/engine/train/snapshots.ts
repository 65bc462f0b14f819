import type { StudySpec } from '../../shared/study.ts'
import type { ParameterInfo } from '../parameters.ts'

/**
 * Which weights of a run are kept to be looked at later: those after 0, 1, 2 … epochs, ever further apart, those at each moment at which
 * something is frozen or released, and the final ones. Nothing of this depends on how a run was interrupted.
 */

const MOST = 20
/** Of a run's snapshots, in bytes: large models keep fewer, where the study does not say how many. */
const ROOM = 64 * 2 ** 20
const FEWEST = 4

/** How many snapshots a study keeps of a run, those at freezing and releasing not counted. */
export function mostSnapshots({ training: { snapshots } }: StudySpec, parameters: readonly ParameterInfo[]): number {
  if (snapshots !== undefined) return snapshots
  const bytes = 4 * parameters.reduce((sum, { shape }) => sum + shape.reduce((size, side) => size * side, 1), 0)
  return Math.max(FEWEST, Math.min(MOST, Math.floor(ROOM / Math.max(1, bytes))))
}

/**
 * Numbers of epochs done, ascending from 0, at which weights are kept of a run of at most `epochs` epochs: `most` with the end of the
 * run, in steps that grow by a constant factor as far as whole numbers allow. The end itself is not among them: it may come early.
 */
export function snapshotEpochs(most: number, epochs: number): number[] {
  const kept: number[] = []
  for (let done = 0, left = most - 1; left > 0 && done < epochs; left--) {
    kept.push(done)
    done = Math.max(done + 1, Math.round((done + 1) * ((epochs + 1) / (done + 1)) ** (1 / left)) - 1)
  }
  return kept
}
