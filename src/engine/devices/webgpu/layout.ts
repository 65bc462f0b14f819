import { isPairs, rowSizeOf, sizeOf, type Rows, type Shape } from '../../algebra/tensor.ts'
import { rowsCarried, rowsKept, type RowRule } from '../../memories/memory.ts'
import type { Model } from '../../model.ts'
import type { Clock, Growing, Places } from '../lowering/places.ts'
import { NO_SLOT, rowMajor, type Storage, type Stride } from '../lowering/storage.ts'

type Area = 'frame' | 'back' | 'out' | 'scratch'
const PER_STEP = ['frame', 'back', 'out'] as const

interface GrowingFloats extends Growing {
  /** Floats for one row, or for one pair of rows. */
  readonly rowFloats: number
}

/**
 * Where the tensors of one string lie in its part of a shader's memory, counted in floats. Storages name the shader's variables by
 * number. What is laid out depends on the length of the string and, for text, on how many symbols came before it (`age`): `prologue`
 * computes it in the shader, `floats` in the host.
 */
export class Layout implements Places {
  readonly #names: string[] = []
  readonly #places: Record<Area, number[]> = { frame: [], back: [], out: [], scratch: [] }
  readonly #sizes: Record<Area, number> = { frame: 0, back: 0, out: 0, scratch: 0 }
  readonly #growing: GrowingFloats[] = []
  readonly #rows: RowRule | undefined
  readonly #reads: Model['reads']
  readonly #keepsAll: boolean

  /** @param keepsAll whether every step's values are kept, for what comes after the last one */
  constructor(rows: RowRule | undefined, reads: Model['reads'], keepsAll: boolean) {
    this.#rows = rows
    this.#reads = reads
    this.#keepsAll = keepsAll
  }

  /** The number that stands for a variable of the shader. */
  variable(name: string): number {
    const found = this.#names.indexOf(name)
    return found >= 0 ? found : this.#names.push(name) - 1
  }

  nameOf(variable: number): string {
    return this.#names[variable]!
  }

  get scratchFloats(): number {
    return this.#sizes.scratch
  }

  perStep(area: Exclude<Area, 'scratch'>, shape: readonly number[]): Record<Clock, Storage> {
    const offset = this.#take(area, sizeOf(shape))
    const at = (name: string): Storage => this.#lanes(name, offset, shape)
    return { now: at(area), before: at(`${area}Before`) }
  }

  overwritten(shape: Shape): Storage {
    const grows = shape.some(dim => typeof dim === 'string')
    return grows
      ? this.growing(shape, 'one').now
      : this.#lanes('scratch', this.#take('scratch', rowSizeOf(shape)), shape)
  }

  /**
   * A growing tensor with `before` rows before the step and `after` rows after it. Lists keep what they no longer show: their first row
   * moves. A list of pairs is triangular: the row for one time step lies `deepest - 1` pairs behind the one before it, so that every
   * pair lies where it was whatever the first row is.
   */
  growing(shape: Shape, kept: Growing['kept']): Record<Clock, Storage> {
    const pairs = isPairs(shape)
    const name = `rows${this.#growing.length}`
    this.#growing.push({ name, rowFloats: rowSizeOf(shape), pairs, kept })
    const strides: Stride[] = rowMajor(shape, 1)
    if (pairs) strides[0] = { global: this.variable(`${name}Row`) }
    const at = (base: string, extent: Rows): Storage => ({
      base: { global: this.variable(base), offset: 0 },
      strides,
      lanes: true,
      slot: NO_SLOT,
      extent: { global: this.variable(extent) },
      ...(pairs && kept === 'list' ? { triangular: true } : {}),
    })
    return {
      now: at(name, kept === 'one' ? (shape[0] as Rows) : 'after'),
      before: at(kept === 'one' ? name : `${name}Before`, 'before'),
    }
  }

  lastRow(list: Storage, shape: Shape): Storage {
    return {
      base: { global: this.variable(`${this.nameOf(list.base.global!)}Last`), offset: 0 },
      strides: list.strides.slice(1),
      lanes: true,
      slot: NO_SLOT,
      extent: typeof shape[0] === 'string' ? list.extent : (shape[0] ?? 1),
    }
  }

  /** A name for all that may lie where this storage does; storages with different ones never touch. */
  region({ base: { global, offset } }: Storage): string {
    const name = this.nameOf(global!)
    const area = name.replace(/Before$/, '')
    if (area in this.#places) return `${name} ${this.#places[area as Area].findLast(start => start <= offset)}`
    const growing = this.#growing.find(
      tensor => name.startsWith(tensor.name) && !/^\d/.test(name.slice(tensor.name.length)),
    )
    return growing?.kept === 'list' ? growing.name : name
  }

  /** Rows of a growing memory after `update` steps. */
  rows(update: number, length: number, age: number): number {
    return this.#reads === 'text' ? rowsCarried(this.#rows, update, age) : rowsKept(this.#rows, update, length)
  }

  /** Floats that a string of `length` symbols takes. */
  floats(length: number, age: number): number {
    const steps = length + 2
    const slots = this.#keepsAll ? steps : 2
    const deepest = Math.max(1, ...Array.from({ length: length + 1 }, (_, t) => this.rows(t, length, age)))
    const listed = length + this.rows(0, length, age)
    const { frame, back, out, scratch } = this.#sizes
    return (
      slots * frame +
      steps * (back + out) +
      scratch +
      this.#growing.reduce((sum, { rowFloats, pairs, kept }) => {
        const rows = pairs ? deepest * deepest : deepest
        const times = { list: pairs ? listed * deepest : listed, one: rows, each: slots * rows, 'last-two': 2 * rows }[
          kept
        ]
        return sum + times * rowFloats
      }, 0)
    )
  }

  /** Declares where everything begins, from `length`, `age` and `start`. @param scratchIsShared whether scratch lies in memory of its own */
  prologue(scratchIsShared: boolean): string {
    const { frame, back, out, scratch } = this.#sizes
    const lines = [
      'let steps = length + 2;',
      `let slots = ${this.#keepsAll ? 'steps' : '2'};`,
      `let deepest = max(1, ${this.#deepest()});`,
      'let carriedRows = rows_at(0, length, age);',
      'var end = start;',
      `let frameBase = end; end += slots * ${frame};`,
      `let backBase = end; end += steps * ${back};`,
      `let outBase = end; end += steps * ${out};`,
    ]
    for (const { name, rowFloats, pairs, kept } of this.#growing) {
      const whole = pairs ? `deepest * deepest * ${rowFloats}` : `deepest * ${rowFloats}`
      if (pairs) lines.push(`let ${name}Row = ${kept === 'list' ? '(deepest - 1)' : 'deepest'} * ${rowFloats};`)
      if (kept === 'list') {
        // Row 0 of a list is the one that the first step appends; what is carried on lies before it.
        const row = pairs ? `deepest * ${rowFloats}` : `${rowFloats}`
        lines.push(
          `let ${name}Start = end;`,
          `let ${name}Size = (length + carriedRows) * ${row};`,
          `let ${name}Base = end + carriedRows * ${row}; end += ${name}Size;`,
        )
      } else
        lines.push(
          `let ${name}${kept === 'one' ? '' : 'Base'} = end; end += ${{ one: '1', each: 'slots', 'last-two': '2' }[kept]} * ${whole};`,
        )
    }
    lines.push(scratchIsShared ? 'let scratch = 0;' : `let scratch = end; end += ${scratch};`)
    return lines.join('\n')
  }

  /** Declares where everything lies at time step `t`. */
  clock(): string {
    const slot = (time: string): string => (this.#keepsAll ? time : `(${time} & 1)`)
    const lines = ['let after = rows_at(t, length, age);', 'let before = rows_at(t - 1, length, age);']
    for (const area of PER_STEP) {
      const at = (time: string): string => (area === 'frame' ? slot(time) : time)
      lines.push(
        `let ${area} = ${area}Base + ${at('t')} * ${this.#sizes[area]};`,
        `let ${area}Before = ${area}Base + ${at('(t - 1)')} * ${this.#sizes[area]};`,
      )
    }
    for (const { name, rowFloats, pairs, kept } of this.#growing) {
      if (kept === 'one') continue
      for (const [suffix, time, shown] of [
        ['', 't', 'after'],
        ['Before', '(t - 1)', 'before'],
      ] as const) {
        if (kept === 'list') {
          const row = pairs ? `${name}Row` : `${rowFloats}`
          lines.push(
            `let ${name}${suffix} = ${name}Base + (${time} - ${shown}) * ${pairs ? `(${name}Row + ${rowFloats})` : row};`,
          )
          lines.push(`let ${name}${suffix}Last = ${name}${suffix} + (${shown} - 1) * ${row};`)
        } else {
          const whole = pairs ? `deepest * deepest * ${rowFloats}` : `deepest * ${rowFloats}`
          lines.push(
            `let ${name}${suffix} = ${name}Base + ${kept === 'each' ? slot(time) : `(${time} & 1)`} * ${whole};`,
          )
        }
      }
    }
    return lines.join('\n')
  }

  /** `rows_at(t, length, age)`: how many rows a growing memory has after step t. */
  rowsFunction(): string {
    const rows = this.#reads === 'text' ? 'age + t' : this.#rows?.kept === 'all' ? 't' : 'min(t, length - t)'
    return `fn rows_at(t: i32, length: i32, age: i32) -> i32 { return ${this.#rows ? `max(0, ${this.#limited(rows)})` : '0'}; }`
  }

  #deepest(): string {
    if (!this.#rows) return '0'
    if (this.#reads === 'text') return this.#limited('age + length')
    return this.#limited(this.#rows.kept === 'all' ? 'length' : 'length / 2')
  }

  #limited(rows: string): string {
    const { limit } = this.#rows!
    return Number.isFinite(limit) ? `min(${rows}, ${limit})` : rows
  }

  #take(area: Area, floats: number): number {
    const offset = this.#sizes[area]
    this.#places[area].push(offset)
    this.#sizes[area] += floats
    return offset
  }

  #lanes(name: string, offset: number, shape: Shape): Storage {
    return {
      base: { global: this.variable(name), offset },
      strides: rowMajor(shape, 1),
      lanes: true,
      slot: NO_SLOT,
      extent: typeof shape[0] === 'number' ? shape[0] : 1,
    }
  }
}
