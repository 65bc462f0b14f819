import { z } from 'zod'
import { readSafetensors } from './safetensors.ts'

/** Where a checkpoint stands, as its own file says. */
export interface CheckpointPosition {
  readonly which: 'last' | 'best'
  readonly planId: string
  readonly seed: number
  /** Of the epoch that goes on or begins there (`last`), or that has ended there (`best`), and steps done in it. */
  readonly epoch: number
  readonly position: number
}

const count = z.number().int().min(0)
const Run = z.object({ plan: z.object({ id: z.string() }), seed: z.number().int() })
const State = z.object({ epoch: count, position: count.default(0) })
const Which = z.enum(['last', 'best'])

/** @returns undefined for a file that is damaged, or no checkpoint that a run goes on from */
export function checkpointPosition(bytes: Uint8Array): CheckpointPosition | undefined {
  try {
    const { metadata } = readSafetensors(bytes)
    const { plan, seed } = Run.parse(JSON.parse(metadata.run ?? ''))
    return {
      which: Which.parse(metadata.which),
      planId: plan.id,
      seed,
      ...State.parse(JSON.parse(metadata.state ?? '')),
    }
  } catch {
    return undefined
  }
}
