import type { Model } from '../../src/engine/model.ts'

/** The study's four plans: what is not trained. */
export const PLANS = {
  full: [],
  'frozen-memory': ['memory'],
  'frozen-controller': ['controller'],
  'classifier-only': ['controller', 'memory'],
} as const satisfies Record<string, readonly string[]>
export type PlanId = keyof typeof PLANS
export const PLAN_IDS = Object.keys(PLANS) as PlanId[]

export const trainedBy = ({ parameters }: Model, plan: PlanId): Set<string> =>
  new Set(
    parameters
      .filter(({ component }) => !(PLANS[plan] as readonly string[]).includes(component))
      .map(({ name }) => name),
  )
