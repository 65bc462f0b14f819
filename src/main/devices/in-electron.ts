import type { Device } from '../../engine/devices/device.ts'
import { lockedNode } from '../locked-node.ts'

/**
 * A device whose native library hands out memory of its own, which Electron's runtime refuses ("External buffers are not allowed"): in the
 * desktop app it takes a process with a Node of its own.
 */
export function outsideElectron(
  device: Device,
  {
    electron = process.versions.electron,
    node = lockedNode,
  }: { electron?: string | undefined; node?: () => string | undefined } = {},
): Device {
  if (electron === undefined) return device
  return {
    ...device,
    state: async () =>
      node() === undefined
        ? {
            available: false,
            note: "Electron's runtime does not let it read results, and there is no Node beside this app; the app started from its sources (npm start), npm run serve and the command line can use it",
          }
        : device.state(),
  }
}
