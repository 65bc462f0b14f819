import type * as TensorFlow from '@tensorflow/tfjs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { LabError } from '../../shared/errors.ts'

export interface LoadedTensorflow {
  readonly tf: typeof TensorFlow
  /** libtensorflow's version. */
  readonly tensorflow: string
  readonly device: 'CPU' | 'GPU'
}

/**
 * What must stand in the environment of a process before it loads libtensorflow: one thread on a CPU (the tensors are small, and sums
 * then come out the same every time), deterministic kernels, GPU memory as needed, compiled GPU kernels kept between starts, and no chatter.
 */
export const tensorflowEnvironment = (): Record<string, string> => ({
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  TF_ENABLE_ONEDNN_OPTS: '0',
  TF_DETERMINISTIC_OPS: '1',
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  CUDA_CACHE_MAXSIZE: '4294967296',
  TF_CPP_MIN_LOG_LEVEL: '3',
})

const loaded = new Map<string, LoadedTensorflow>()

/**
 * TensorFlow.js with its native backend, loaded at the first call. One thread of a process may do so.
 * @param path folder of the package @throws LabError `device-failed` when it does not load, or when TensorFlow.js falls back to another backend
 */
export function loadTensorflow(path: string): LoadedTensorflow {
  const found = loaded.get(path) ?? load(path)
  loaded.set(path, found)
  return found
}

function load(path: string): LoadedTensorflow {
  const require = createRequire(join(path, 'package.json'))
  restoreIsNullOrUndefined(require('node:util') as Record<string, unknown>)
  let tf: typeof TensorFlow
  try {
    tf = require(path) as typeof TensorFlow
  } catch (cause) {
    throw new LabError(
      'device-failed',
      `TensorFlow does not load (${(cause as Error).message}); make it anew with: npm run setup:tensorflow`,
      { cause },
    )
  }
  if (tf.getBackend() !== 'tensorflow')
    throw new LabError(
      'device-failed',
      `TensorFlow.js chose the backend ${tf.getBackend()} instead of tensorflow; make it anew with: npm run setup:tensorflow`,
    )
  tf.enableProdMode()
  const { binding, isUsingGpuDevice } = tf.backend() as unknown as {
    binding: { TF_Version: string }
    isUsingGpuDevice: boolean
  }
  return { tf, tensorflow: binding.TF_Version, device: isUsingGpuDevice ? 'GPU' : 'CPU' }
}

/** Version 4.22 of the package calls a function that Node 23 has dropped (tensorflow/tfjs#8609). */
export function restoreIsNullOrUndefined(util: Record<string, unknown>): void {
  util.isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined
  util.isArray = Array.isArray
}
