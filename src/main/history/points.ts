import { COMPONENTS } from '../../shared/run-events.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import { METRICS } from '../../shared/records.ts'
import type { Metric } from '../../shared/records.ts'
import { UnreadableRow } from './json.ts'

export type Progress = Extract<RunEvent, { kind: 'progress' }>
/** What one progress event says, by metric. */
export type Point = Partial<Record<Metric, number>>

export function pointOf({ loss, stepsPerSecond, epoch, gradientNorm }: Progress): Point {
  const norms = COMPONENTS.flatMap(component => {
    const norm = gradientNorm[component]
    return norm === undefined ? [] : [[`gradientNorm.${component}`, norm] as const]
  })
  return { loss, stepsPerSecond, epoch, ...Object.fromEntries(norms) }
}

/** Float64: which metrics are there, as bits in the order of METRICS, then each metric's value. */
export function encodePoint(point: Point): Buffer {
  const numbers = new Float64Array(1 + METRICS.length)
  METRICS.forEach((metric, i) => {
    const value = point[metric]
    if (value === undefined) return
    numbers[0]! += 1 << i
    numbers[1 + i] = value
  })
  return Buffer.from(numbers.buffer)
}

export function decodePoint(data: Uint8Array): Point {
  const [present, ...values] = decodeFloats(data)
  return Object.fromEntries(METRICS.flatMap((metric, i) => (present! & (1 << i) ? [[metric, values[i]!]] : [])))
}

export const encodeFloats = (numbers: Float64Array): Buffer =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)

/** What SQLite gives back may lie at any address: where numbers may not, it is copied. @throws UnreadableRow */
export function decodeFloats(data: Uint8Array): Float64Array {
  if (data.length % Float64Array.BYTES_PER_ELEMENT !== 0) throw new UnreadableRow('stored numbers cannot be read')
  const { buffer, byteOffset, length } =
    data.byteOffset % Float64Array.BYTES_PER_ELEMENT === 0 ? data : new Uint8Array(data)
  return new Float64Array(buffer, byteOffset, length / Float64Array.BYTES_PER_ELEMENT)
}
