import { LabError } from '../../../shared/errors.ts'
import type { TensorFlowJs } from './population.ts'

/**
 * Runs pieces of work on one backend and frees what each has made.
 * @param backend one that is initialised; all copies of the library in a thread share which one is set, so it is set for each piece of work
 */
export function scopedOn(tf: TensorFlowJs, backend: string): <R>(work: () => R) => R {
  return work => {
    void tf.setBackend(backend)
    if (tf.getBackend() !== backend)
      throw new LabError('device-failed', `TensorFlow.js chose the backend ${tf.getBackend()} instead of ${backend}`)
    tf.engine().startScope()
    try {
      return work()
    } finally {
      tf.engine().endScope()
    }
  }
}
