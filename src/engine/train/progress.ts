import { COMPONENTS, type Component, type RunEvent } from '../../shared/run-events.ts'
import { lossOver } from '../../shared/score.ts'
import type { StepResult } from '../devices/device.ts'

type Progress = Extract<RunEvent, { kind: 'progress' }>
type Norms = Partial<Record<Component, number>>

/** Means over the steps since the last report; times in milliseconds. */
export interface ProgressMeter {
  /** Time from here on is spent on steps; what was before it (validation) counts for no rate. */
  begin(time: number): void
  /** @param nats of all predictions of the batch @param predictions their number */
  add(result: StepResult, nats: number, predictions: number, time: number): void
  due(time: number): boolean
  report(time: number, where: Pick<Progress, 'epoch' | 'step' | 'stepsPerEpoch'>): Progress
}

/** @param every milliseconds between reports, at least */
export function progressMeter(start: number, every: number): ProgressMeter {
  let reported = start
  let mark = start
  let busy = 0
  let steps = 0
  let nats = 0
  let symbols = 0
  let norms: Norms = {}
  return {
    begin(time) {
      mark = time
    },
    add({ componentNorms }, itsNats, predictions, time) {
      busy += time - mark
      mark = time
      steps++
      nats += itsNats
      symbols += predictions
      for (const component of COMPONENTS) {
        const norm = componentNorms[component]
        if (norm !== undefined) norms[component] = (norms[component] ?? 0) + norm
      }
    },
    due: time => time - reported >= every,
    report(time, where) {
      const gradientNorm: Norms = {}
      for (const component of COMPONENTS)
        if (norms[component] !== undefined) gradientNorm[component] = norms[component] / steps
      const progress: Progress = {
        kind: 'progress',
        ...where,
        loss: lossOver(nats, symbols),
        gradientNorm,
        stepsPerSecond: perSecond(steps, busy),
      }
      reported = time
      steps = nats = symbols = busy = 0
      norms = {}
      return progress
    },
  }
}

/** @param elapsed milliseconds; with none elapsed there is no rate, and 0 is given */
export const perSecond = (count: number, elapsed: number): number => (elapsed > 0 ? (1000 * count) / elapsed : 0)
