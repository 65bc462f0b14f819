import { sizeOf } from '../../algebra/tensor.ts'
import type { ParameterInfo } from '../../parameters.ts'

interface Place {
  readonly index: number
  readonly offset: number
  readonly size: number
  readonly shape: readonly number[]
}

/** Where the parameters of one run lie one behind the other; its optimizer slots lie in the same way, section by section. */
export class ParameterLayout {
  readonly places: ReadonlyMap<string, Place>
  /** Floats of all parameters together. */
  readonly floats: number

  constructor(parameters: readonly ParameterInfo[]) {
    const places = new Map<string, Place>()
    let offset = 0
    for (const [index, { name, shape }] of parameters.entries()) {
      const size = sizeOf(shape)
      places.set(name, { index, offset, size, shape })
      offset += size
    }
    this.places = places
    this.floats = offset
  }

  of(parameter: string): Place {
    return this.places.get(parameter)!
  }

  /** The index of each float's parameter. */
  owners(): Int32Array<ArrayBuffer> {
    const owners = new Int32Array(this.floats)
    for (const { index, offset, size } of this.places.values()) owners.fill(index, offset, offset + size)
    return owners
  }
}
