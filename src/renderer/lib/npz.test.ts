import { expect, it } from 'vitest'
import { npz } from './npz.ts'

it('lays arrays out as NumPy reads them', () => {
  const data = Float32Array.of(1, -2, 0.5, 4, 5, 6)
  const file = npz([
    { name: 'memory.cells', shape: [2, 3], data },
    { name: 'symbols', shape: [2], data: Int32Array.of(0, 1) },
  ])
  const view = new DataView(file.buffer)
  const text = (from: number, length: number): string =>
    new TextDecoder('latin1').decode(file.subarray(from, from + length))
  expect(view.getUint32(0, true)).toBe(0x04034b50)
  const [nameLength, size] = [view.getUint16(26, true), view.getUint32(18, true)]
  expect(text(30, nameLength)).toBe('memory.cells.npy')
  const start = 30 + nameLength
  expect([file[start], text(start + 1, 5)]).toEqual([0x93, 'NUMPY'])
  const headerLength = view.getUint16(start + 8, true)
  expect((10 + headerLength) % 64).toBe(0)
  expect(text(start + 10, headerLength).trim()).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }")
  expect(size).toBe(10 + headerLength + data.byteLength)
  expect([...new Float32Array(file.slice(start + 10 + headerLength, start + size).buffer)]).toEqual([...data])
  // End of the central directory: two entries, at the place that it says.
  const end = file.length - 22
  expect([view.getUint32(end, true), view.getUint16(end + 10, true)]).toEqual([0x06054b50, 2])
  expect(view.getUint32(view.getUint32(end + 16, true), true)).toBe(0x02014b50)
})
