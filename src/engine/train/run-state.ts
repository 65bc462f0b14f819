import { z } from 'zod'
import { COMPONENTS } from '../../shared/run-events.ts'
import type { Carried } from '../devices/device.ts'
import type { StudySpec } from '../../shared/study.ts'
import { chance } from '../chance.ts'
import { planStart, type ResolvedPlan } from './freeze-plan.ts'
import { FIRST_DECAY, initialLearningRate } from './schedules.ts'

const count = z.number().int().min(0)
const epoch = count.nullable()
const norms = z.partialRecord(z.enum(COMPONENTS), z.number())

/** What a checkpoint says of a run in words and numbers. */
export const SavedState = z.strictObject({
  /** The epoch that is under way or about to begin, and the steps done in it. */
  epoch: count,
  position: count,
  /** Whether what happens before the epoch's first step is done: freezing, releasing, drawing the order. */
  begun: z.boolean(),
  learningRate: z.number().positive(),
  decay: z.strictObject({ best: z.number().nullable(), stalled: count }),
  best: z.strictObject({ epoch: count, loss: z.number() }).nullable(),
  plan: z.array(z.strictObject({ began: epoch, ended: epoch })),
  /** SHA-256 of each frozen parameter at the time when it was frozen. */
  frozenHashes: z.record(z.string(), z.string()),
  /** The stream that the next epoch's order is drawn from. */
  orderChance: z.strictObject({ origin: count, state: z.array(z.number().int()) }),
  /** Sums over the epoch's steps so far. */
  epochNats: z.number(),
  epochSymbols: count,
  /** Norms over the epoch's last step, once that is done. */
  norms: z.strictObject({ gradient: norms, update: norms }).nullable(),
  /** Text: whose values are tensors of the checkpoint. */
  carried: z.strictObject({ size: count, age: count }).nullable().default(null),
})

/**
 * Where a run stands between two steps: with the executor's tensors and counts, all that the rest of the run depends on.
 * `order` is that of the batches in the epoch that is under way; empty before the first epoch has begun.
 */
export type RunState = Omit<z.output<typeof SavedState>, 'carried'> & {
  order: Int32Array
  /** Text: what the epoch's steps so far have left. */ carried: Carried | null
}

/** What changes when an epoch has ended and the next has not begun. */
export const EPOCH_START = {
  position: 0,
  begun: false,
  epochNats: 0,
  epochSymbols: 0,
  norms: null,
  carried: null,
} satisfies Partial<RunState>

export function initialState({ training }: StudySpec, plan: ResolvedPlan, seed: number): RunState {
  return {
    epoch: 0,
    ...EPOCH_START,
    order: new Int32Array(0),
    learningRate: initialLearningRate(training, seed),
    decay: FIRST_DECAY,
    best: null,
    plan: [...planStart(plan)],
    frozenHashes: {},
    orderChance: savedOrderChance(seed),
  }
}

function savedOrderChance(seed: number): RunState['orderChance'] {
  const { origin, state } = chance(seed).fork('order').save()
  return { origin, state: [...state] }
}
