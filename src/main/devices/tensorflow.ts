import type { Device, DeviceState } from '../../engine/devices/device.ts'
import { InterpretedExecutor } from '../../engine/devices/interpreter/executor.ts'
import { arithmeticOn } from '../../engine/devices/tfjs/arithmetic.ts'
import { contractWith } from '../../engine/devices/tfjs/contract.ts'
import { LabError } from '../../shared/errors.ts'
import { loadTensorflow } from './tensorflow-load.ts'
import { findTensorflow, type InstalledTensorflow } from './tensorflow-place.ts'

const HOW = 'needs libtensorflow, which is not part of the installation: npm run setup:tensorflow fetches and builds it (Linux on x86-64)'

/** TensorFlow.js on libtensorflow: NVIDIA graphics cards through CUDA, or the CPU. */
export const tensorflowDevice: Device = {
  id: 'tensorflow',
  title: 'TensorFlow (native)',
  isolated: true,
  state: async () => stateOf(findTensorflow()),
  async open(model, { optimizer }) {
    const found = findTensorflow()
    if (!found) throw new LabError('no-device', `The device tensorflow ${HOW}.`)
    const { tf } = loadTensorflow(found.path)
    return new InterpretedExecutor(model, optimizer, { ...arithmeticOn(tf, 'tensorflow'), contract: contractWith(tf) })
  },
}

/** What can be told of it without loading it. */
export function stateOf(found: InstalledTensorflow | undefined): DeviceState {
  if (!found) return { available: false, note: HOW }
  if (!found.manifest) return { available: true, note: 'as installed in node_modules' }
  const { tensorflow, device } = found.manifest
  return { available: true, note: `TensorFlow ${tensorflow} on ${device === 'GPU' ? 'an NVIDIA graphics card' : 'the CPU, where wasm is faster'}` }
}
