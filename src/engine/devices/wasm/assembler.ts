/** Writes WebAssembly modules: only what the kernels need of the binary format (WebAssembly Core 2.0, fixed-width and relaxed SIMD, threads). */

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128'
const TYPE_CODE: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b }

function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value >>> 0
  do {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest === 0 ? low : low | 0x80)
  } while (rest !== 0)
  return bytes
}

function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = value | 0
  for (;;) {
    const low = rest & 0x7f
    rest >>= 7
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low]
    bytes.push(low | 0x80)
  }
}

function floatBytes(value: number, size: 4 | 8): number[] {
  const view = new DataView(new ArrayBuffer(size))
  if (size === 4) view.setFloat32(0, value, true)
  else view.setFloat64(0, value, true)
  return [...new Uint8Array(view.buffer)]
}

const PLAIN = {
  unreachable: 0x00,
  drop: 0x1a,
  select: 0x1b,
  'i32.eqz': 0x45,
  'i32.eq': 0x46,
  'i32.ne': 0x47,
  'i32.lt_s': 0x48,
  'i32.lt_u': 0x49,
  'i32.ge_s': 0x4e,
  'i32.le_s': 0x4c,
  'i32.add': 0x6a,
  'i32.sub': 0x6b,
  'i32.mul': 0x6c,
  'i32.div_u': 0x6e,
  'i32.rem_u': 0x70,
  'i32.and': 0x71,
  'i32.shl': 0x74,
  'f32.add': 0x92,
  'f64.add': 0xa0,
  'f64.mul': 0xa2,
  'f64.promote_f32': 0xbb,
} as const

const VECTOR = {
  'i32x4.splat': 0x11,
  'f32x4.splat': 0x13,
  'i32x4.eq': 0x37,
  'f32x4.eq': 0x41,
  'f32x4.ne': 0x42,
  'f32x4.lt': 0x43,
  'f32x4.gt': 0x44,
  'v128.not': 0x4d,
  'v128.and': 0x4e,
  'v128.andnot': 0x4f,
  'v128.or': 0x50,
  'v128.bitselect': 0x52,
  'f64x2.promote_low_f32x4': 0x5f,
  'f32x4.nearest': 0x6a,
  'i32x4.neg': 0xa1,
  'i32x4.shl': 0xab,
  'i32x4.shr_s': 0xac,
  'i32x4.shr_u': 0xad,
  'i32x4.add': 0xae,
  'i32x4.sub': 0xb1,
  'f32x4.abs': 0xe0,
  'f32x4.neg': 0xe1,
  'f32x4.sqrt': 0xe3,
  'f32x4.add': 0xe4,
  'f32x4.sub': 0xe5,
  'f32x4.mul': 0xe6,
  'f32x4.div': 0xe7,
  'f32x4.pmin': 0xea,
  'f32x4.pmax': 0xeb,
  'f64x2.add': 0xf0,
  'f64x2.mul': 0xf2,
  'i32x4.trunc_sat_f32x4_s': 0xf8,
  'f32x4.convert_i32x4_s': 0xfa,
  'f32x4.relaxed_madd': 0x105,
  'f32x4.relaxed_nmadd': 0x106,
} as const

const MEMORY = {
  'i32.load': [[0x28], 2],
  'f32.load': [[0x2a], 2],
  'f32.store': [[0x38], 2],
  'f64.store': [[0x39], 3],
  'v128.load': [[0xfd, 0x00], 4],
  'v128.load32_splat': [[0xfd, 0x09], 2],
  'v128.store': [[0xfd, 0x0b], 4],
} as const

/** All on words of four bytes; each takes an address first. */
const ATOMIC = {
  'memory.atomic.notify': 0x00,
  'memory.atomic.wait32': 0x01,
  'i32.atomic.load': 0x10,
  'i32.atomic.store': 0x17,
  'i32.atomic.rmw.add': 0x1e,
} as const

export type PlainOp = keyof typeof PLAIN
export type AtomicOp = keyof typeof ATOMIC
export type VectorOp = keyof typeof VECTOR
export type MemoryOp = keyof typeof MEMORY

/** A piece of a function's code. Pieces are written apart and joined, so that outer loops can be completed after their bodies. */
export class Code {
  readonly bytes: number[] = []

  op(name: PlainOp): this {
    this.bytes.push(PLAIN[name])
    return this
  }
  vector(name: VectorOp): this {
    this.bytes.push(0xfd, ...unsigned(VECTOR[name]))
    return this
  }
  extract(lane: number): this {
    this.bytes.push(0xfd, 0x1f, lane)
    return this
  }
  extractDouble(lane: number): this {
    this.bytes.push(0xfd, 0x21, lane)
    return this
  }
  shuffleHighDoubles(): this {
    this.bytes.push(0xfd, 0x0d, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)
    return this
  }
  /** Picks four floats out of two vectors: 0 … 3 are the first one's, 4 … 7 the second one's. */
  shuffle(...floats: readonly [number, number, number, number]): this {
    this.bytes.push(0xfd, 0x0d, ...floats.flatMap(float => [4 * float, 4 * float + 1, 4 * float + 2, 4 * float + 3]))
    return this
  }

  memory(name: MemoryOp, offset: number): this {
    const [code, align] = MEMORY[name]
    this.bytes.push(...code, align, ...unsigned(offset))
    return this
  }

  atomic(name: AtomicOp): this {
    this.bytes.push(0xfe, ATOMIC[name], 2, 0)
    return this
  }
  fill(): this {
    this.bytes.push(0xfc, 0x0b, 0x00)
    return this
  }
  i32(value: number): this {
    this.bytes.push(0x41, ...signed(value))
    return this
  }
  i64(value: number): this {
    this.bytes.push(0x42, ...signed(value))
    return this
  }
  f32(value: number): this {
    this.bytes.push(0x43, ...floatBytes(value, 4))
    return this
  }
  f64(value: number): this {
    this.bytes.push(0x44, ...floatBytes(value, 8))
    return this
  }
  splatF32(value: number): this {
    const lane = floatBytes(value, 4)
    this.bytes.push(0xfd, 0x0c, ...lane, ...lane, ...lane, ...lane)
    return this
  }

  splatI32(value: number): this {
    const lane = [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255]
    this.bytes.push(0xfd, 0x0c, ...lane, ...lane, ...lane, ...lane)
    return this
  }

  get(local: number): this {
    this.bytes.push(0x20, ...unsigned(local))
    return this
  }
  set(local: number): this {
    this.bytes.push(0x21, ...unsigned(local))
    return this
  }
  tee(local: number): this {
    this.bytes.push(0x22, ...unsigned(local))
    return this
  }
  globalGet(index: number): this {
    this.bytes.push(0x23, ...unsigned(index))
    return this
  }
  globalSet(index: number): this {
    this.bytes.push(0x24, ...unsigned(index))
    return this
  }
  call(index: number): this {
    this.bytes.push(0x10, ...unsigned(index))
    return this
  }
  block(): this {
    this.bytes.push(0x02, 0x40)
    return this
  }
  loop(): this {
    this.bytes.push(0x03, 0x40)
    return this
  }
  if(): this {
    this.bytes.push(0x04, 0x40)
    return this
  }
  end(): this {
    this.bytes.push(0x0b)
    return this
  }
  br(depth: number): this {
    this.bytes.push(0x0c, ...unsigned(depth))
    return this
  }
  brIf(depth: number): this {
    this.bytes.push(0x0d, ...unsigned(depth))
    return this
  }
  /** Runs what `body` writes as often as the local says, counting it down; not at all when it is zero. */
  countDown(local: number, body: () => void): this {
    this.block().get(local).op('i32.eqz').brIf(0).loop()
    body()
    return this.get(local).i32(1).op('i32.sub').tee(local).brIf(0).end().end()
  }

  /** Adds bytes to a pointer. */
  advance(local: number, bytes: number): this {
    return this.get(local).i32(bytes).op('i32.add').set(local)
  }

  append(other: Code): this {
    for (const byte of other.bytes) this.bytes.push(byte)
    return this
  }
}

/** Parameters and locals of one function. */
export class Frame {
  readonly params: readonly ValueType[]
  readonly result: ValueType | undefined
  readonly #locals: ValueType[] = []

  constructor(params: readonly ValueType[] = [], result?: ValueType) {
    this.params = params
    this.result = result
  }

  local(type: ValueType): number {
    this.#locals.push(type)
    return this.params.length + this.#locals.length - 1
  }

  declarations(): number[] {
    return [...unsigned(this.#locals.length), ...this.#locals.flatMap(type => [1, TYPE_CODE[type]])]
  }
}

/** Pages that a memory may grow to: 4 GiB. */
export const MOST_PAGES = 65_536

/** A module over one imported memory (`env.memory`) with mutable i32 globals and exported functions. */
export class ModuleWriter {
  /** Whether the memory is one that threads share. */
  readonly #shared: boolean
  readonly #functions: { frame: Frame; code: Code; name: string | undefined }[] = []
  readonly #globals: string[] = []

  constructor(shared = false) {
    this.#shared = shared
  }

  /** A mutable i32 global, exported under its name. */
  global(name: string): number {
    const found = this.#globals.indexOf(name)
    return found >= 0 ? found : this.#globals.push(name) - 1
  }

  globalName(index: number): string {
    return this.#globals[index]!
  }

  function(frame: Frame, code: Code, name?: string): number {
    return this.#functions.push({ frame, code, name }) - 1
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const vector = (items: readonly number[][]): number[] => [...unsigned(items.length), ...items.flat()]
    const text = (value: string): number[] => [...unsigned(value.length), ...[...value].map(char => char.charCodeAt(0))]
    const section = (id: number, body: number[]): number[] => [id, ...unsigned(body.length), ...body]
    const types = this.#functions.map(({ frame }) => [
      0x60,
      ...vector(frame.params.map(type => [TYPE_CODE[type]])),
      ...vector(frame.result ? [[TYPE_CODE[frame.result]]] : []),
    ])
    const exports = [
      ...this.#globals.map((name, index) => [...text(name), 0x03, ...unsigned(index)]),
      ...this.#functions.flatMap(({ name }, index) =>
        name === undefined ? [] : [[...text(name), 0x00, ...unsigned(index)]],
      ),
    ]
    const bodies = this.#functions.map(({ frame, code }) => {
      const body = frame.declarations().concat(code.bytes, 0x0b)
      return unsigned(body.length).concat(body)
    })
    return Uint8Array.from([
      0x00,
      0x61,
      0x73,
      0x6d,
      1,
      0,
      0,
      0,
      ...section(1, vector(types)),
      ...section(
        2,
        vector([
          [
            ...text('env'),
            ...text('memory'),
            0x02,
            ...(this.#shared ? [0x03, ...unsigned(1), ...unsigned(MOST_PAGES)] : [0x00, ...unsigned(1)]),
          ],
        ]),
      ),
      ...section(3, vector(this.#functions.map((_, index) => unsigned(index)))),
      ...section(6, vector(this.#globals.map(() => [TYPE_CODE.i32, 1, 0x41, 0, 0x0b]))),
      ...section(7, vector(exports)),
      ...section(10, vector(bodies)),
    ])
  }
}
