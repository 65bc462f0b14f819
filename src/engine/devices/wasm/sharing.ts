import { Code, Frame, type ModuleWriter } from './assembler.ts'

/**
 * Where threads of one memory meet: words, each in a cache line of its own, in bytes from the block's address. ARRIVED counts those that
 * wait at a barrier, TURN the barriers passed; BROKEN is set when a thread is lost, READY + 4 k when helper k is there.
 */
export const ARRIVED = 0,
  TURN = 64,
  BROKEN = 128,
  READY = 192
export const MOST_THREADS = 16
export const CONTROL_BYTES = READY + 64

/** The address of CONTROL_BYTES bytes, and the seconds that the first thread waits for the others before it traps. */
export interface MeetingPlace {
  readonly control: number
  readonly patience: number
}

/** Looks at a word before a thread goes to sleep over it: some tens of microseconds. */
const SPINS = 20_000
const SECOND = 1_000_000_000

/** How the threads that run the same functions share out the work. It is cut up in the same way whoever does it, so that results do not depend on their number. */
export interface Sharing {
  /** All wait for each other: what was written before is there for all after it. */
  barrier(code: Code): void
  /** For the first thread alone. */
  first(code: Code, body: () => void): void
  /** For one of the threads alone, another one for each `piece`. */
  one(code: Code, piece: number, body: () => void): void
  /** For the thread that has the last part. */
  last(code: Code, body: () => void): void
  /** from, to: this thread's part of `count` equal pieces. @param count pushes the number */
  part(code: Code, count: () => void, from: number, to: number): void
  /** Adds `bytes` for each thread before this one to what is on the stack. */
  own(code: Code, bytes: number): void
  /** The most threads there may be. */
  readonly most: number
}

/** One thread does it all. */
export const ALONE: Sharing = {
  most: 1,
  barrier: () => {},
  first: (_, body) => body(),
  one: (_, _piece, body) => body(),
  last: (_, body) => body(),
  part(code, count, from, to) {
    count()
    code.set(to).i32(0).set(from)
  },
  own: () => {},
}

/**
 * Several threads, each with its own instance of the module over one shared memory; the globals `thread` and `threads` tell each its number
 * and how many there are.
 */
export class SharedByThreads implements Sharing {
  readonly most = MOST_THREADS
  readonly #thread: number
  readonly #threads: number
  readonly #barrier: number

  constructor(writer: ModuleWriter, { control, patience }: MeetingPlace) {
    this.#thread = writer.global('thread')
    this.#threads = writer.global('threads')
    this.#barrier = writer.function(...this.#written(control, patience), 'barrier')
  }

  barrier(code: Code): void {
    code.call(this.#barrier)
  }

  first(code: Code, body: () => void): void {
    code.globalGet(this.#thread).op('i32.eqz').if()
    body()
    code.end()
  }

  one(code: Code, piece: number, body: () => void): void {
    code.i32(piece).globalGet(this.#threads).op('i32.rem_u').globalGet(this.#thread).op('i32.eq').if()
    body()
    code.end()
  }

  last(code: Code, body: () => void): void {
    code.globalGet(this.#thread).i32(1).op('i32.add').globalGet(this.#threads).op('i32.eq').if()
    body()
    code.end()
  }

  part(code: Code, count: () => void, from: number, to: number): void {
    const cut = (into: number, next: 0 | 1): void => {
      count()
      code
        .globalGet(this.#thread)
        .i32(next)
        .op('i32.add')
        .op('i32.mul')
        .globalGet(this.#threads)
        .op('i32.div_u')
        .set(into)
    }
    cut(from, 0)
    cut(to, 1)
  }

  own(code: Code, bytes: number): void {
    code.globalGet(this.#thread).i32(bytes).op('i32.mul').op('i32.add')
  }

  #written(control: number, patience: number): [Frame, Code] {
    const frame = new Frame()
    const turn = frame.local('i32'),
      spins = frame.local('i32'),
      silent = frame.local('i32')
    const code = new Code()
    const word = (offset: number): Code => code.i32(control + offset)
    const hasTurned = (): Code => word(TURN).atomic('i32.atomic.load').get(turn).op('i32.ne')
    const trapIf = (): Code => code.if().op('unreachable').end()
    code.block().globalGet(this.#threads).i32(2).op('i32.lt_s').brIf(0)
    word(TURN).atomic('i32.atomic.load').set(turn)
    word(ARRIVED).i32(1).atomic('i32.atomic.rmw.add').i32(1).op('i32.add').globalGet(this.#threads).op('i32.eq').if()
    word(ARRIVED).i32(0).atomic('i32.atomic.store')
    word(TURN).i32(1).atomic('i32.atomic.rmw.add').op('drop')
    word(TURN).i32(-1).atomic('memory.atomic.notify').op('drop').br(1).end()
    code.i32(SPINS).set(spins).loop()
    hasTurned().brIf(1)
    code.get(spins).i32(1).op('i32.sub').tee(spins).brIf(0).end()
    code.loop()
    hasTurned().brIf(1)
    word(BROKEN).atomic('i32.atomic.load')
    trapIf()
    word(TURN).get(turn).i64(SECOND).atomic('memory.atomic.wait32')
    // Seconds are counted, not measured: after the machine has slept, the others get their time. Helpers end with the first thread.
    code
      .i32(2)
      .op('i32.eq')
      .globalGet(this.#thread)
      .op('i32.eqz')
      .op('i32.and')
      .get(silent)
      .op('i32.add')
      .tee(silent)
      .i32(patience)
      .op('i32.ge_s')
    trapIf()
    code.br(0).end().end()
    return [frame, code]
  }
}
