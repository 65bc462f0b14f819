import { BROKEN, READY, TURN } from './sharing.ts'

/** A function of a module, and its arguments. */
export type Work = readonly [name: string, ...args: readonly number[]]

export type ToHelper =
  /** Comes first: the memory that all threads of the executor share, where they meet in it, and which helper this is. */
  | { readonly memory: WebAssembly.Memory; readonly control: number; readonly helper: number }
  /** Functions to run, one after the other. `module` comes along when it is used for the first time. */
  | {
      readonly id: number
      readonly module: WebAssembly.Module | undefined
      readonly globals: Readonly<Record<string, number>>
      readonly work: readonly Work[]
    }

/** The helper's end of the line to the thread that it helps. */
export interface HelperPort {
  on(event: 'message', listener: (message: ToHelper) => void): unknown
}

type Exports = Readonly<Record<string, WebAssembly.Global & ((...args: readonly number[]) => void)>>

/**
 * Works for an executor of another thread, for as long as this thread lives. The two wait for each other inside the compiled code; work that
 * throws ends this thread, and the other one's wait.
 */
export function serveHelper(port: HelperPort): void {
  const modules = new Map<number, Exports>()
  let memory: WebAssembly.Memory | undefined
  let control = 0
  port.on('message', message => {
    if ('memory' in message) {
      ;({ memory, control } = message)
      Atomics.store(words(memory, control + READY), message.helper, 1)
      return
    }
    const { id, module, globals, work } = message
    try {
      if (module)
        modules.set(id, new WebAssembly.Instance(module, { env: { memory: memory! } }).exports as unknown as Exports)
      const exports = modules.get(id)!
      for (const [name, value] of Object.entries(globals)) if (exports[name]) exports[name].value = value
      for (const [name, ...args] of work) exports[name]!(...args)
    } catch (error) {
      breakOff(memory!, control)
      throw error
    }
  })
}

/** Ends the wait of all threads for one that is lost. */
export function breakOff(memory: WebAssembly.Memory, control: number): void {
  Atomics.store(words(memory, control + BROKEN), 0, 1)
  Atomics.notify(words(memory, control + TURN), 0)
}

export const words = ({ buffer }: WebAssembly.Memory, address: number): Int32Array =>
  new Int32Array(buffer, address, 16)
