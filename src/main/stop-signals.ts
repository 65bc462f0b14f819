import { constants } from 'node:os'

/**
 * Every signal that ends a process unless it is caught, but those that tell of a fault in the process itself. A person sends them, or
 * a shell, a service manager, a batch system shortly before time is up.
 */
const NAMES = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGXCPU',
  'SIGALRM',
  'SIGVTALRM',
  'SIGPWR',
] as const
export type StopSignal = (typeof NAMES)[number]

/** Those that this system has. */
export const STOP_SIGNALS: readonly StopSignal[] = NAMES.filter(name => name in constants.signals)

/** 128 and the signal's number, as shells have it. */
export const signalExit = (signal: StopSignal): number => 128 + constants.signals[signal]

/** A terminal's keys send these to every process of a command, and so do those that pass signals on: one press comes in several times. */
const ONE_PRESS_MS = 1_000

/** Made of the signals that a process gets: the first asks it to stop, and one that a person sends by hand later, to do so at once. */
export class StopRequests {
  readonly #now: () => number
  #first: number | null = null

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** What a signal asks for; null: nothing that was not asked for. */
  hear(signal: StopSignal): 'stop' | 'at once' | null {
    if (this.#first === null) {
      this.#first = this.#now()
      return 'stop'
    }
    const byHand = signal === 'SIGINT' || signal === 'SIGQUIT'
    return byHand && this.#now() - this.#first >= ONE_PRESS_MS ? 'at once' : null
  }
}

/** Calls the listener for what signals ask for, until the returned function is called. */
export function onStopSignals(listener: (signal: StopSignal, asked: 'stop' | 'at once') => void): () => void {
  const requests = new StopRequests()
  const handlers = STOP_SIGNALS.map(signal => {
    const handler = (): void => {
      const asked = requests.hear(signal)
      if (asked !== null) listener(signal, asked)
    }
    return [signal, handler] as const
  })
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler)
  }
}

const LOOK_MS = 250

/**
 * Calls the listener once when the process has gone that started this one and would pass signals on to it. `scripts/run.js` says in
 * `PERMAFROST_PARENT` that it is one; whoever else starts the lab may leave it alone.
 */
export function onParentGone(listener: () => void, env: NodeJS.ProcessEnv = process.env): () => void {
  const parent = Number(env.PERMAFROST_PARENT)
  if (parent !== process.ppid) return () => {}
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    listener()
  }, LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}
