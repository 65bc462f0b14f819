import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type util from 'node:util'
import { describe, expect, it } from 'vitest'
import { restoreIsNullOrUndefined } from './tensorflow-load.ts'
import { bindingOf, findTensorflow, MANIFEST, tensorflowFolder } from './tensorflow-place.ts'
import { stateOf } from './tensorflow.ts'

function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'permafrost-tensorflow-'))
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const place = (file: string, text = ''): void => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

describe('native TensorFlow', () => {
  it('that is not there says how to get it', () =>
    withFolder(folder => {
      const found = findTensorflow(join(folder, 'none'), join(folder, 'file.js'))
      expect(found).toBeUndefined()
      expect(stateOf(found)).toEqual({ available: false, note: expect.stringContaining('npm run setup:tensorflow') })
    }))

  it('is there when the set-up has finished, not before', () =>
    withFolder(folder => {
      place(join(folder, MANIFEST), '{ "tensorflow": ')
      expect(findTensorflow(folder, join(folder, 'file.js'))).toBeUndefined()
      place(join(folder, MANIFEST), JSON.stringify({ tensorflow: '2.15.1', package: '4.22.0', device: 'GPU' }))
      const found = findTensorflow(folder, join(folder, 'file.js'))
      expect(found?.path).toBe(join(folder, 'node_modules', '@tensorflow', 'tfjs-node-gpu'))
      expect(stateOf(found)).toEqual({ available: true, note: 'TensorFlow 2.15.1 on an NVIDIA graphics card' })
      place(
        join(folder, MANIFEST),
        JSON.stringify({ tensorflow: '2.15.1', package: '4.22.0', device: 'CPU', cuda: true }),
      )
      expect(stateOf(findTensorflow(folder, join(folder, 'file.js'))).note).toBe(
        'TensorFlow 2.15.1 on the CPU, where wasm is faster; CUDA is there, but no graphics card was found when it was set up',
      )
    }))

  it('that came with its own installation is there when its binding is', () =>
    withFolder(folder => {
      const own = join(folder, 'node_modules', '@tensorflow', 'tfjs-node')
      place(join(own, 'package.json'), '{ "name": "@tensorflow/tfjs-node" }')
      expect(findTensorflow(join(folder, 'none'), join(folder, 'file.js'))).toBeUndefined()
      place(bindingOf(own))
      expect(findTensorflow(join(folder, 'none'), join(folder, 'file.js'))).toEqual({ path: own, manifest: null })
    }))

  it('lies where it is said to, or beside the history', () => {
    expect(tensorflowFolder({ PERMAFROST_TENSORFLOW: '/some/where' })).toBe('/some/where')
    const own = tensorflowFolder({ XDG_DATA_HOME: '/data', APPDATA: '/data' })
    expect(own.endsWith(join('tensorflow'))).toBe(true)
    expect(tensorflowFolder({ XDG_DATA_HOME: '/data', APPDATA: '/data', PERMAFROST_HOME: '/elsewhere' })).toBe(own)
  })

  it('gets back the functions that Node 23 has dropped', () => {
    const dropped: Record<string, unknown> = {}
    restoreIsNullOrUndefined(dropped)
    const isNullOrUndefined = dropped.isNullOrUndefined as (value: unknown) => boolean
    expect([null, undefined, 0, '', false].map(isNullOrUndefined)).toEqual([true, true, false, false, false])
    expect((dropped.isArray as typeof util.isArray)([])).toBe(true)
  })
})
