import { effectScope } from 'vue'
import { createApp } from 'vue'
import { describe, expect, it, vi } from 'vitest'
import { LAB } from '../../composables/lab.ts'
import { toasts } from '../../shell/toasts.ts'
import { fakeLab, type Handlers } from '../../testing/fake-lab.ts'
import { useRunActs, type RunActs } from './run-acts.ts'

function acts(handlers: Handlers): { acts: RunActs; asked: [string, unknown][] } {
  const { lab, asked } = fakeLab(handlers)
  const app = createApp({})
  app.provide(LAB, lab)
  return { acts: app.runWithContext(() => effectScope().run(useRunActs)!), asked }
}
const undo = (): void => {
  toasts.value.at(-1)!.action!.run()
}
const file = (name: string) => ({ name, type: 'application/gzip', bytes: Uint8Array.of(1, 2, 3) })

describe('what can be done with runs', () => {
  it('archives one or many, and undoes it', async () => {
    const { acts: own, asked } = acts({ runs: { describe: () => Promise.resolve(undefined) } })
    expect(await own.archive(['a'])).toBe(true)
    expect(toasts.value.at(-1)!.text).toBe('1 run archived')
    undo()
    await own.bringBack(['a', 'b'])
    expect(asked).toEqual([
      ['runs.describe', { runs: ['a'], archived: true }],
      ['runs.describe', { runs: ['a'], archived: false }],
      ['runs.describe', { runs: ['a', 'b'], archived: false }],
    ])
  })

  it('moves to the trash, and puts back what went', async () => {
    const { acts: own, asked } = acts({
      runs: { remove: () => Promise.resolve({ undo: 'u', runs: 2 }) },
      trash: { restore: () => Promise.resolve(undefined) },
    })
    expect(await own.remove(['a', 'b'])).toBe(true)
    expect(toasts.value.at(-1)!.text).toBe('2 runs in the trash')
    undo()
    expect(asked).toEqual([
      ['runs.remove', { runs: ['a', 'b'] }],
      ['trash.restore', { undo: 'u' }],
    ])
  })

  it('says what cannot be done, and that it was not', async () => {
    const { acts: own } = acts({ runs: { remove: () => Promise.reject(new Error('Run a is being trained.')) } })
    expect(await own.remove(['a'])).toBe(false)
    expect(toasts.value.at(-1)).toMatchObject({ tone: 'bad', text: 'Run a is being trained.' })
  })

  it('gives a bundle as it is, and several in one archive', async () => {
    const given: string[] = []
    const link = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      given.push(this.download)
    })
    const blobs: Blob[] = []
    const url = vi.spyOn(URL, 'createObjectURL').mockImplementation(blob => {
      blobs.push(blob as Blob)
      return 'blob:x'
    })
    const files = [[file('One.permafrost')], [file('One.permafrost'), file('Two.permafrost')]]
    const { acts: own } = acts({ studies: { exportRuns: () => Promise.resolve(files.shift()!) } })
    await own.exportBundles(['a'])
    await own.exportBundles(['a', 'b', 'c'])
    expect(given).toEqual(['One.permafrost', '3-runs-of-2-studies.zip'])
    const bytes = new Uint8Array(await blobs[1]!.arrayBuffer())
    expect(new DataView(bytes.buffer).getUint16(bytes.length - 12, true)).toBe(2)
    link.mockRestore()
    url.mockRestore()
  })
})
