import { createHash } from 'node:crypto'
import { checkpoint, epoch, progress, start } from '../../../src/main/history/testing/events.ts'
import type { RunEvent } from '../../../src/shared/run-events.ts'

/** What a made-up trainer says after each step: the same in every process, so that what is found can be told from what was said. */
const STEPS_PER_EPOCH = 10

export type Said = `${'progress' | 'epoch' | 'best' | 'last'} ${number}`

export function saidAt(step: number): Said[] {
  const said: Said[] = [`progress ${step}`]
  const ended = step % STEPS_PER_EPOCH === 0
  if (ended) said.push(`epoch ${step}`)
  if (step % (3 * STEPS_PER_EPOCH) === 0) said.push(`best ${step}`)
  if (ended || step % 7 === 0) said.push(`last ${step}`)
  return said
}

export function eventOf(said: Said): RunEvent {
  const [kind, text] = said.split(' ') as ['progress' | 'epoch' | 'best' | 'last', string]
  const step = Number(text)
  if (kind === 'progress') return progress(step)
  if (kind === 'epoch') return epoch(step / STEPS_PER_EPOCH - 1)
  return checkpoint(kind, step, contentOf(kind, step))
}

/** 8 to 136 kB that depend on every part of the name. */
export function contentOf(which: 'last' | 'best', step: number): string {
  return createHash('sha512')
    .update(`${which} checkpoint of step ${step}`)
    .digest('hex')
    .repeat(64 + ((step * 37) % 1000))
}

export const startEvent = (resumed: boolean): RunEvent => start({ resumed, epochs: 1_000_000 })
