export interface Timed {
  /** Of each step. */
  readonly milliseconds: readonly number[]
  /** Processor time of all steps together, in milliseconds: what they would have taken undisturbed. */
  readonly cpu: number
  /** Before each step's update, in nats. */
  readonly losses: readonly number[]
}

/** Someone who does the training step, prepared with a problem. */
export interface Peer {
  readonly id: string
  readonly title: string
  /** Does that many steps, one after the other. */
  run(steps: number): Promise<Timed>
  close(): Promise<void>
}

/** A peer that cannot run here, and why: one line that says how to get it. */
export interface Missing {
  readonly id: string
  readonly title: string
  readonly missing: string
}

export const isMissing = (peer: Peer | Missing): peer is Missing => 'missing' in peer

/** Times a step that is a plain function; `step` returns the loss. */
export function timed(step: () => number, steps: number): Timed {
  const milliseconds: number[] = [],
    losses: number[] = []
  const before = process.cpuUsage()
  for (let i = 0; i < steps; i++) {
    const start = performance.now()
    losses.push(step())
    milliseconds.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(before)
  return { milliseconds, losses, cpu: (user + system) / 1e3 }
}
