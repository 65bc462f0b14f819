import { expect, it } from 'vitest'
import { crc32 } from './zip-form.ts'

it('has the checksum that zip asks for', () => {
  // The check value of CRC-32/ISO-HDLC.
  expect(crc32(new TextEncoder().encode('123456789')).toString(16)).toBe('cbf43926')
})
