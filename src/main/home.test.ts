import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { homeFolder } from './home.ts'

it.each([
  ['linux', {}, undefined, '/u/.local/share/permafrost'],
  ['linux', { XDG_DATA_HOME: '/data' }, undefined, '/data/permafrost'],
  ['darwin', {}, undefined, '/u/Library/Application Support/Permafrost'],
  ['win32', { APPDATA: '/roaming' }, undefined, '/roaming/Permafrost'],
  ['win32', {}, undefined, '/u/AppData/Roaming/Permafrost'],
  ['linux', { PERMAFROST_HOME: '/mine', XDG_DATA_HOME: '/data' }, undefined, '/mine'],
  ['linux', { PERMAFROST_HOME: '/mine' }, 'here', resolve('here')],
] as const)('on %s with %j and --home %s the history lies in %s', (platform, env, asked, folder) => {
  expect(homeFolder(asked, env, platform, '/u')).toBe(folder)
})
