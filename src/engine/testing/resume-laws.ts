import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../shared/run-events.ts'
import type { FreezePlan, StudySpec } from '../../shared/study.ts'
import { chance } from '../chance.ts'
import type { Language } from '../tasks/task.ts'
import { trainRun, type TrainOptions } from '../train/train.ts'
import type { Trainee } from '../train/weights.ts'

export interface ResumeLaws {
  /** A fresh executor for the study's model and optimizer. */
  open(): Trainee | Promise<Trainee>
  /** A small one: each of its plans is run once for every cut. */
  study: StudySpec
  language: Language
  seed?: number
  /** Steps after which runs are cut, over all plans together; a plan with fewer steps fails. */
  cuts?: number
}

/**
 * A run that is cut anywhere and resumed in a fresh executor ends as the uninterrupted one does, to the bit: weights, slots, counts
 * and every event but `start`, among them the full state after every step. Time stands still, so that no event depends on it.
 */
export function resumeLaws(title: string, { open, study, language, seed = 1, cuts = 200 }: ResumeLaws): void {
  const perPlan = Math.ceil(cuts / study.plans.length)

  async function play(plan: FreezePlan, options: Partial<TrainOptions>): Promise<Played> {
    const executor = await open()
    try {
      const events: RunEvent[] = []
      for await (const event of trainRun({ study, plan, seed, language, executor, now: () => 0, ...options }))
        events.push(event)
      return { events, end: stateOf(executor) }
    } finally {
      executor.dispose()
    }
  }

  describe(`${title}: resume is exact to the bit`, () => {
    it.each(study.plans.map(plan => [plan.id, plan] as const))(
      `%s, cut after any of ${perPlan} steps`,
      async (_, plan) => {
        const whole = await play(plan, { checkpointEverySeconds: 0 })
        const digests = whole.events.map(digest)
        const places = whole.events.flatMap((event, i) => (isCheckpoint(event, 'last') ? [i] : []))
        expect(places.length).toBeGreaterThanOrEqual(perPlan)
        for (const place of sample(places, perPlan)) {
          const resumed = await play(plan, {
            checkpointEverySeconds: 0,
            resume: checkpointsAt(whole.events.slice(0, place + 1)),
          })
          expect(resumed.events.slice(1).map(digest)).toEqual(digests.slice(place + 1))
          expect(resumed.end).toEqual(whole.end)
        }
      },
    )

    it.each(study.plans.map(plan => [plan.id, plan] as const))(
      '%s, cancelled and resumed again and again',
      async (_, plan) => {
        const whole = await play(plan, { checkpointEverySeconds: Infinity })
        const chances = chance(seed).fork('cancel')
        const events: RunEvent[] = []
        let resume: TrainOptions['resume']
        let end = ''
        for (let pieces = 1; end === ''; pieces++) {
          const controller = new AbortController()
          let left = chances.integer(60) + 8 * pieces
          const now = (): number => {
            if (--left === 0) controller.abort()
            return 0
          }
          const piece = await play(plan, { checkpointEverySeconds: Infinity, now, signal: controller.signal, resume })
          events.push(...piece.events)
          resume = checkpointsAt(events)
          if (piece.events.at(-1)!.kind !== 'done') throw new Error('a run ended without its last event')
          if (!isCancelled(piece.events.at(-1)!)) end = piece.end
        }
        expect(events.filter(isCancelled).length).toBeGreaterThan(0)
        expect(end).toBe(whole.end)
        expect(lasting(events)).toEqual(lasting(whole.events))
      },
    )
  })
}

interface Played {
  events: RunEvent[]
  end: string
}

const sha = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')
const isCheckpoint = (event: RunEvent, which: 'last' | 'best'): event is Extract<RunEvent, { kind: 'checkpoint' }> =>
  event.kind === 'checkpoint' && event.which === which
const isCancelled = (event: RunEvent): boolean => event.kind === 'done' && event.reason === 'cancelled'

/** The event as text: bytes by their digest, keys in order, numbers in the shortest form that reads as the same number. */
function digest(event: RunEvent): string {
  return JSON.stringify(event, (_, value: unknown) => {
    if (value instanceof Uint8Array) return sha(value)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  })
}

function stateOf(executor: Trainee): string {
  const tensors = executor.tensors.map(name => {
    const { buffer, byteOffset, byteLength } = executor.read(name)
    return [name, sha(new Uint8Array(buffer, byteOffset, byteLength))]
  })
  return JSON.stringify({ tensors, counts: executor.counts() })
}

function checkpointsAt(events: readonly RunEvent[]): NonNullable<TrainOptions['resume']> {
  const newest = (which: 'last' | 'best'): Uint8Array | undefined =>
    events.findLast(event => isCheckpoint(event, which))?.bytes
  return { last: newest('last')!, best: newest('best') }
}

/** What remains of a run that was cancelled on its way; an event that comes again must be the same. */
function lasting(events: readonly RunEvent[]): string[] {
  const kept = events.filter(event => event.kind !== 'start' && !isCheckpoint(event, 'last') && !isCancelled(event))
  return [...new Set(kept.map(digest))]
}

function sample<T>(items: readonly T[], count: number): T[] {
  const source = chance(count).fork('cuts')
  const left = [...items]
  return Array.from({ length: count }, () => left.splice(source.integer(left.length), 1)[0]!)
}
