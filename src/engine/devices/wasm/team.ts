import { LabError } from '../../../shared/errors.ts'
import type { HelperThread, Threads } from '../device.ts'
import { breakOff, words, type Work } from './helper.ts'
import { BROKEN, MOST_THREADS, READY } from './sharing.ts'

type Exports = Readonly<Record<string, WebAssembly.Global & ((...args: readonly number[]) => void)>>

/** A module over an executor's memory. */
export class Loaded {
  readonly module: WebAssembly.Module
  readonly exports: Exports
  /** Values of globals that the host sets, for instances in other threads. */
  readonly globals: Record<string, number> = {}

  constructor(bytes: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory) {
    this.module = new WebAssembly.Module(bytes)
    this.exports = new WebAssembly.Instance(this.module, { env: { memory } }).exports as unknown as Exports
  }

  /** Sets those of the globals that the module has. */
  place(globals: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(globals)) {
      const own = this.exports[name]
      if (!own) continue
      own.value = value
      this.globals[name] = value
    }
  }

  run(work: readonly Work[]): void {
    for (const [name, ...args] of work) this.exports[name]!(...args)
  }
}

/** The threads that compute for an executor. */
export interface Team {
  /** All do the same work, and share it out among them in it. */
  together(loaded: Loaded, work: readonly Work[]): void
  /** Work of which each piece is independent of the others. */
  apart(loaded: Loaded, work: readonly Work[]): void
  dispose(): void
}

/** The calling thread. */
export const ALONE: Team = {
  together: (loaded, work) => loaded.run(work),
  apart: (loaded, work) => loaded.run(work),
  dispose: () => {},
}

interface Helper {
  readonly thread: HelperThread
  readonly known: Set<Loaded>
}

/**
 * The calling thread and helpers, over one shared memory. A helper takes part once it has come up; the calling thread never waits for that.
 * When one is lost, the work at hand is lost with it, and nothing more can be computed: LabError `helper-lost`.
 */
export class ThreadTeam implements Team {
  readonly #threads: Threads
  readonly #memory: WebAssembly.Memory
  readonly #control: number
  readonly #helpers: Helper[] = []
  readonly #ids = new Map<Loaded, number>()
  #over = false

  /** @param control address of CONTROL_BYTES bytes of zeros */
  constructor(threads: Threads, memory: WebAssembly.Memory, control: number) {
    this.#threads = threads
    this.#memory = memory
    this.#control = control
  }

  together(loaded: Loaded, work: readonly Work[]): void {
    this.#run(loaded, () => work)
  }

  apart(loaded: Loaded, work: readonly Work[]): void {
    this.#run(loaded, (thread, threads) => [
      ...work.slice(Math.floor((work.length * thread) / threads), Math.floor((work.length * (thread + 1)) / threads)),
      ['barrier'],
    ])
  }

  dispose(): void {
    this.#over = true
    for (const { thread } of this.#helpers.splice(0)) void thread.terminate()
  }

  #run(loaded: Loaded, share: (thread: number, threads: number) => readonly Work[]): void {
    if (this.#isBroken) throw lost()
    const helpers = this.#present(),
      threads = helpers.length + 1
    helpers.forEach((helper, k) => this.#send(helper, loaded, { thread: k + 1, threads }, share(k + 1, threads)))
    loaded.place({ thread: 0, threads })
    try {
      loaded.run(share(0, threads))
    } catch (cause) {
      breakOff(this.#memory, this.#control)
      throw cause instanceof WebAssembly.RuntimeError && helpers.length > 0 ? lost(cause) : cause
    }
  }

  get #isBroken(): boolean {
    return Atomics.load(words(this.#memory, this.#control + BROKEN), 0) !== 0
  }

  /** Starts helpers that are wanted and missing. @returns those that are wanted and there */
  #present(): readonly Helper[] {
    const wanted = Math.min(MOST_THREADS, Math.floor(this.#threads.most())) - 1
    while (this.#helpers.length < wanted) this.#start()
    const ready = words(this.#memory, this.#control + READY)
    return this.#helpers.filter((_, k) => k < wanted && Atomics.load(ready, k) !== 0)
  }

  #start(): void {
    const thread = this.#threads.start()
    // Its end is told late, after the work at hand; inside that, the wait for it has an end of its own.
    thread.on('exit', () => {
      if (!this.#over) breakOff(this.#memory, this.#control)
    })
    thread.on('error', () => {})
    thread.postMessage({ memory: this.#memory, control: this.#control, helper: this.#helpers.length })
    this.#helpers.push({ thread, known: new Set() })
  }

  #send({ thread, known }: Helper, loaded: Loaded, own: Readonly<Record<string, number>>, work: readonly Work[]): void {
    const id = this.#ids.get(loaded) ?? this.#ids.size
    this.#ids.set(loaded, id)
    thread.postMessage({
      id,
      module: known.has(loaded) ? undefined : loaded.module,
      globals: { ...loaded.globals, ...own },
      work,
    })
    known.add(loaded)
  }
}

const lost = (cause?: unknown): LabError =>
  new LabError('helper-lost', 'A helper thread of this run ended before its work was done.', { cause })
