import type { Component } from '../shared/run-events.ts'

/** How a parameter gets its first values (DuSell & Chiang 2020). */
export type Initial =
  /** Uniform in [-bound, bound]. */
  | { readonly kind: 'uniform'; readonly bound: number }
  /** Uniform in ± gain * sqrt(6 / (fanIn + fanOut)) (Glorot & Bengio 2010). */
  | { readonly kind: 'xavier'; readonly gain: number; readonly fanIn: number; readonly fanOut: number }
  | { readonly kind: 'constant'; readonly value: number }

/** A weight tensor as a cell declares it. */
export interface Declared {
  readonly shape: readonly number[]
  readonly initial: Initial
  /** Where its values make sense, such as an exponent above 0: what tries the cell with drawn weights stays in it. */
  readonly range?: readonly [number, number]
}

/** Groups of parameters, such as `{ actions: { weights, bias } }`: the finest parts that a freeze plan names together. */
export type DeclaredGroups = Readonly<Record<string, Readonly<Record<string, Declared>>>>

export interface ParameterInfo extends Declared {
  /** component.group.name, such as `memory.actions.weights`. */
  readonly name: string
  readonly component: Component
}

export const uniform = (shape: readonly number[], bound = 0.1): Declared => ({
  shape,
  initial: { kind: 'uniform', bound },
})
export const constantly = (shape: readonly number[], value: number): Declared => ({
  shape,
  initial: { kind: 'constant', value },
})
/** A learned number or several, such as an exponent: where it starts, and the range in which it makes sense. */
export const bounded = (shape: readonly number[], start: number, range: readonly [number, number]): Declared => ({
  ...constantly(shape, start),
  range,
})
export const zeros = (shape: readonly number[]): Declared => constantly(shape, 0)
/** For a matrix [out, in]; `fanOut` where several layers share one tensor. */
export const xavier = (shape: readonly [number, number], { gain = 1, fanOut = shape[0] } = {}): Declared => ({
  shape,
  initial: { kind: 'xavier', gain, fanIn: shape[1], fanOut },
})

export function listParameters(component: Component, groups: DeclaredGroups): ParameterInfo[] {
  return Object.entries(groups).flatMap(([group, members]) =>
    Object.entries(members).map(([name, declared]) => ({
      name: `${component}.${group}.${name}`,
      component,
      ...declared,
    })),
  )
}
