import type { Component } from '../shared/run-events.ts'

/** How a parameter gets its first values. Bounds of `uniform` are symmetric. */
export type Initial =
  | { kind: 'uniform', bound: number }
  /** gain * sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010). */
  | { kind: 'xavier', gain: number, fanIn: number, fanOut: number }
  | { kind: 'constant', value: number }

export interface ParameterInfo {
  /** component.group.name, such as `memory.actions.weights`. */
  readonly name: string
  readonly component: Component
  readonly shape: readonly number[]
  readonly initial: Initial
}

export interface Model {
  readonly parameters: readonly ParameterInfo[]
  /** Input symbols; outputs are one more: the end of sequence is symbol `inputs`. */
  readonly inputs: number
}
