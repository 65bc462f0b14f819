import { COMPONENTS, type Component } from '../../shared/run-events.ts'
import { settle, type Executor, type RemoteExecutor } from '../devices/device.ts'
import type { Model } from '../model.ts'
import type { ParameterInfo } from '../parameters.ts'
import { bytesOf, sha256 } from './sha256.ts'

type WithoutModel<E extends Executor | RemoteExecutor> = Omit<E, 'model' | 'trace'> & {
  readonly model: { readonly parameters: readonly ParameterInfo[] } & Partial<Pick<Model, 'masks' | 'dropout'>>
}
export type LocalTrainee = WithoutModel<Executor>
/** What training needs of an executor: its parameters, but not how the model computes. */
export type Trainee = LocalTrainee | WithoutModel<RemoteExecutor>

/** Copies of parameters' values by name, row-major. */
export type Weights = ReadonlyMap<string, Float32Array>

export function readWeights(executor: Trainee): Weights {
  return new Map(executor.model.parameters.map(({ name }) => [name, executor.read(name)]))
}

export async function settledWeights(executor: Trainee): Promise<Weights> {
  await settle(executor)
  return readWeights(executor)
}

export function writeWeights(executor: Trainee, weights: Weights): void {
  for (const [name, values] of weights) executor.write(name, values)
}

/** SHA-256 of the values of the parameters named, as little-endian float32 one after the other, in the order given. */
export function hashOf(weights: Weights, names: readonly string[]): string {
  return sha256(names.map(name => bytesOf(weights.get(name)!)))
}

/** The hash of each component that has parameters, over its parameters in the model's order. */
export function componentHashes(
  parameters: readonly ParameterInfo[],
  weights: Weights,
): Partial<Record<Component, string>> {
  return byComponent(parameters, names => hashOf(weights, names))
}

/** L2 norm of the change from `before` to `after` by component, of those that have parameters. */
export function updateNorms(
  parameters: readonly ParameterInfo[],
  before: Weights,
  after: Weights,
): Partial<Record<Component, number>> {
  return byComponent(parameters, names =>
    Math.sqrt(names.reduce((sum, name) => sum + squaredDistance(before.get(name)!, after.get(name)!), 0)),
  )
}

function byComponent<T>(
  parameters: readonly ParameterInfo[],
  valueOf: (names: string[]) => T,
): Partial<Record<Component, T>> {
  const values: Partial<Record<Component, T>> = {}
  for (const component of COMPONENTS) {
    const names = parameters.filter(parameter => parameter.component === component).map(({ name }) => name)
    if (names.length > 0) values[component] = valueOf(names)
  }
  return values
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2
  return sum
}
