import { freemem } from 'node:os'
import type { LockstepCohort } from '../../engine/devices/cohort/cohort.ts'
import type { Device, DeviceState } from '../../engine/devices/device.ts'
import { tfjsCohort } from '../../engine/devices/tfjs/cohort.ts'
import { wasmTracer } from '../../engine/devices/wasm/device.ts'
import type { Model } from '../../engine/model.ts'
import { LabError } from '../../shared/errors.ts'
import type { Picked } from '../../shared/study.ts'
import { loadTensorflow } from './tensorflow-load.ts'
import { findTensorflow, type InstalledTensorflow } from './tensorflow-place.ts'

const HOW =
  'needs libtensorflow, which is not part of the installation: npm run setup:tensorflow, in the lab’s sources, fetches and builds it, for a packaged app too (Linux on x86-64)'

/** What the cost of an operation's call is worth, in runs of a small model that are computed in it: on a CPU as bench/cohort.ts measured, on a graphics card, which has more room, a guess. */
const RUNS_A_CALL = { CPU: 30, GPU: 200 } as const
/** Half of what is free on the machine: TensorFlow does not tell what a graphics card has left. */
const SHARE_OF_MEMORY = 0.5

/** TensorFlow.js on libtensorflow: NVIDIA graphics cards through CUDA, or the CPU. */
export const tensorflowDevice: Device = {
  id: 'tensorflow',
  title: 'TensorFlow (native)',
  isolated: true,
  state: async () => stateOf(findTensorflow()),
  open: async (model, { optimizer }) => openCohort(model, { optimizer, runs: 1 }).alone(),
  cohort: async (model, options) => openCohort(model, options),
}

function openCohort(model: Model, options: { optimizer: Picked; runs: number }): LockstepCohort {
  const found = findTensorflow()
  if (!found) throw new LabError('no-device', `The device tensorflow ${HOW}.`)
  const { tf, device } = loadTensorflow(found.path)
  return tfjsCohort(tf, model, {
    ...options,
    tracer: wasmTracer,
    backend: 'tensorflow',
    mostFloats: Math.floor((freemem() * SHARE_OF_MEMORY) / Float32Array.BYTES_PER_ELEMENT),
    fixedCost: RUNS_A_CALL[device],
  })
}

/** What can be told of it without loading it. */
export function stateOf(found: InstalledTensorflow | undefined): DeviceState {
  if (!found) return { available: false, note: HOW }
  if (!found.manifest) return { available: true, note: 'as installed in node_modules' }
  const { tensorflow, device, cuda } = found.manifest
  const onCpu = `the CPU, where wasm is faster${cuda ? '; CUDA is there, but no graphics card was found when it was set up' : ''}`
  return {
    available: true,
    note: `TensorFlow ${tensorflow} on ${device === 'GPU' ? 'an NVIDIA graphics card' : onCpu}`,
  }
}
