import { devices as engineDevices } from '../../engine/devices/index.ts'
import type { Device } from '../../engine/devices/device.ts'
import { InputError } from '../../shared/errors.ts'
import { outsideElectron } from './in-electron.ts'
import { tensorflowDevice } from './tensorflow.ts'

/** Every device of this host, the default first. */
export const devices: readonly Device[] = [
  ...engineDevices.map(device => (device.id === 'webgpu' ? outsideElectron(device) : device)),
  tensorflowDevice,
]

/** Asks for the fastest devices for each study, by a measured step. */
export const AUTO = 'auto'
export const AUTO_NOTE =
  'the fastest of the available devices for each study, by a measured step; never one slower than the default'

/** @throws InputError for a device that is not known */
export function findDevice(id: string, field = 'device'): Device {
  const found = devices.find(device => device.id === id)
  if (!found) throw new InputError(field, id, [...devices.map(device => device.id), AUTO].join(', '))
  return found
}
