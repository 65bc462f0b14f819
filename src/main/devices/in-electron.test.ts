import { expect, it } from 'vitest'
import type { Device } from '../../engine/devices/device.ts'
import { outsideElectron } from './in-electron.ts'

const device: Device = {
  id: 'gpu',
  title: 'GPU',
  state: async () => ({ available: true, note: 'a card' }),
  open: () => Promise.reject(new Error('not here')),
}

it('a device that Electron refuses is there with Node alone', async () => {
  expect(await outsideElectron(device, { electron: undefined, node: () => undefined }).state()).toEqual({
    available: true,
    note: 'a card',
  })
  expect(await outsideElectron(device, { electron: '45.4.1', node: () => '/bin/node' }).state()).toEqual({
    available: true,
    note: 'a card',
  })
  expect(await outsideElectron(device, { electron: '45.4.1', node: () => undefined }).state()).toEqual({
    available: false,
    note: expect.stringContaining('npm run serve'),
  })
})
