import { COMPONENTS, type Component, type RunEvent } from '../../shared/run-events.ts'
import type { StepResult } from '../devices/device.ts'

type Progress = Extract<RunEvent, { kind: 'progress' }>
type Norms = Partial<Record<Component, number>>

const MILLISECONDS_BETWEEN_REPORTS = 100

/** Means over the steps since the last report, which comes at most ten times a second. */
export interface ProgressMeter {
  /** @param symbols predictions in each string of the batch */
  add(result: StepResult, strings: number, symbols: number): void
  due(time: number): boolean
  report(time: number, where: Pick<Progress, 'epoch' | 'step' | 'stepsPerEpoch'>): Progress
}

export function progressMeter(start: number): ProgressMeter {
  let since = start
  let steps = 0
  let nats = 0
  let symbols = 0
  const norms: Norms = {}
  return {
    add({ loss, componentNorms }, strings, length) {
      steps++
      nats += loss * strings
      symbols += strings * length
      for (const component of COMPONENTS) {
        const norm = componentNorms[component]
        if (norm !== undefined) norms[component] = (norms[component] ?? 0) + norm
      }
    },
    due: time => time - since >= MILLISECONDS_BETWEEN_REPORTS,
    report(time, where) {
      const gradientNorm: Norms = {}
      for (const component of COMPONENTS) {
        if (norms[component] !== undefined) gradientNorm[component] = norms[component] / steps
        delete norms[component]
      }
      const progress: Progress = { kind: 'progress', ...where, loss: nats / symbols, gradientNorm, stepsPerSecond: perSecond(steps, time - since) }
      since = time
      steps = nats = symbols = 0
      return progress
    },
  }
}

/** @param elapsed milliseconds; with none elapsed there is no rate, and 0 is given */
export const perSecond = (count: number, elapsed: number): number => elapsed > 0 ? 1000 * count / elapsed : 0
