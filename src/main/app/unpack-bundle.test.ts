import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeFrame } from '../../shared/rpc/frame.ts'
import { readBundle } from './bundle.ts'
import { BUDGET, checkFrame, firstFault, NoBundle, unpackBundle } from './unpack-bundle.ts'
import { withRig } from './testing/rig.ts'

const MIB = 2 ** 20

/** A frame of a JSON that is written as it is. */
function frameOf(json: string): Uint8Array {
  const bytes = new Uint8Array(4 + json.length)
  new DataView(bytes.buffer).setUint32(0, json.length, true)
  bytes.set(new TextEncoder().encode(json), 4)
  return bytes
}

describe('a bundle is unpacked no further than it may be', () => {
  it('takes what it holds', async () => {
    const value = { a: [1, 'x"{[,', { b: null }], c: Float64Array.of(1, NaN) }
    expect(await unpackBundle(gzipSync(encodeFrame(value)))).toEqual(value)
  })
  it('not past the first bytes, where they are none of a bundle', async () => {
    const zeros = gzipSync(new Uint8Array(64 * MIB))
    await expect(unpackBundle(zeros)).rejects.toThrow(new NoBundle('it is damaged, or no bundle'))
  })
  it('not to many times its size', async () => {
    const frame = encodeFrame({ a: new Uint8Array(64 * MIB) })
    const packed = gzipSync(frame)
    const most = Math.round((BUDGET.free + BUDGET.ratio * packed.length) / MIB)
    await expect(unpackBundle(packed)).rejects.toThrow(`it unpacks to more than ${most} MiB`)
  })
  it('not where its records are said to be too many', async () => {
    const head = frameOf('{').slice()
    new DataView(head.buffer).setUint32(0, 300 * MIB, true)
    await expect(unpackBundle(gzipSync(head))).rejects.toThrow('it has more than 256 MiB of records')
  })
  it('not where it has too many values: they are counted before anything is parsed', async () => {
    const budget = { ...BUDGET, values: 1_000 }
    const many = frameOf(`{"runs":[${'{},'.repeat(2_000)}{}]}`)
    await expect(unpackBundle(gzipSync(many), budget)).rejects.toThrow('it has more than 1,000 values')
    expect(() => checkFrame(many, budget)).toThrow('it has more than 1,000 values')
    const inText = frameOf(`{"a":"${'{,['.repeat(2_000)}","b":"\\"${','.repeat(2_000)}"}`)
    await expect(unpackBundle(gzipSync(inText), budget)).resolves.toHaveProperty('a')
  })
  it('not where a record has too many fields', async () => {
    const wide = frameOf(`{${Array.from({ length: 101 }, (_, i) => `"${i}":0`).join()}}`)
    await expect(unpackBundle(gzipSync(wide), { ...BUDGET, keys: 100 })).rejects.toThrow('more than 100 fields')
  })
})

describe('what does not fit is looked for no further than the first of it', () => {
  it('in lists, in records and where something may be left out', async () => {
    let looked = 0
    const item = z.custom<number>(value => {
      looked++
      return typeof value === 'number'
    })
    const schema = z.strictObject({
      one: z.strictObject({ list: z.array(z.strictObject({ a: item, more: z.array(z.string()) })) }),
      maybe: z.array(item).default([]),
    })
    const bad = { one: { list: Array.from({ length: 50_000 }, () => ({ a: 'x', more: [] })) } }
    expect((await firstFault(schema, bad))?.path).toBe('one.list.0.a')
    expect(looked).toBe(1)
    const late = {
      one: {
        list: [
          { a: 1, more: [] },
          { a: 2, more: ['x', 3, 4] },
        ],
      },
    }
    expect((await firstFault(schema, late))?.path).toBe('one.list.1.more.1')
    expect(await firstFault(schema, { one: { list: [] } })).toBeNull()
    expect((await firstFault(schema, { one: { list: [] }, maybe: [1, 'x'] }))?.path).toBe('maybe.1')
  })
  it('in turns', async () => {
    let immediate = 0
    let isOver = false
    const count = (): void => {
      immediate++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    await firstFault(
      z.array(z.number()),
      Array.from({ length: 20_000 }, (_, i) => i),
    )
    isOver = true
    expect(immediate).toBeGreaterThanOrEqual(19)
  })
  it('as a bundle of empty runs', async () => {
    const content = gzipSync(
      frameOf(`{"format":"permafrost-bundle-1","study":{},"note":"","runs":[${'{},'.repeat(90_000)}{}]}`),
    )
    await expect(readBundle(content, 'x')).rejects.toMatchObject({
      code: 'bad-bundle',
      message: expect.stringMatching(/^x cannot be taken in: runs\.0(\.\w+)? is not what a bundle holds\.$/) as string,
    })
  })
})

describe('a study file from elsewhere', () => {
  const file = (content: unknown) => ({
    name: 'a.json',
    bytes: new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content)),
  })
  it('keeps the path of its text, marked until somebody has chosen it', () =>
    withRig(async ({ client }) => {
      const path = '\\\\server\\share\\text.txt'
      const { drafts } = await client.studies.importFiles({
        files: [
          file({ name: 'x', task: { id: 'text', path } }),
          file({ name: 'y', task: { id: 'text', path: 'opticks' } }),
        ],
      })
      expect(drafts.map(({ content }) => (content as { task: { path: string } }).task.path)).toEqual([
        `received:${path}`,
        'opticks',
      ])
      const { problems } = await client.preview.study({ content: drafts[0]!.content })
      expect(problems).toEqual([
        { path: 'task.path', message: expect.stringContaining('allowed: a path that you chose') as string },
      ])
    }))
  it('with a field twice, or in another encoding, is refused', () =>
    withRig(async ({ client }) => {
      await expect(client.studies.importFiles({ files: [file('{"name": "a", "name": "b"}')] })).rejects.toMatchObject({
        code: 'bad-input',
        message: expect.stringContaining('each field of a record once') as string,
      })
      await expect(
        client.studies.importFiles({ files: [{ name: 'b.json', bytes: Buffer.from('{"a": 1}', 'utf16le') }] }),
      ).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining('this is UTF-16') as string })
    }))
})
