import type { LiveEpoch, LiveFreeze, LivePoints, LiveRun } from '../../shared/contract/index.ts'
import type { RunSummary } from '../../shared/records.ts'
import { COMPONENTS, type Component, type RunEvent } from '../../shared/run-events.ts'
import { figures } from '../../shared/score.ts'

/** Points of one message; more become means of neighbouring pairs. */
const MOST_POINTS = 64

interface Point {
  step: number
  loss: number
  stepsPerSecond: number
  gradientNorm: Partial<Record<Component, number>>
}

/** Where a run stands, as far as its training has told. */
export interface Standing {
  run: Pick<RunSummary, 'id' | 'studyId' | 'planId' | 'seed' | 'status'>
  failure: LiveRun['failure']
  epoch: number
  step: number
  epochs: number | null
  stepsPerEpoch: number | null
}

/** What is new of a run since it was last told to one listener. */
export interface News {
  points: Point[]
  epochsEnded: LiveEpoch[]
  freezes: LiveFreeze[]
}

export const noNews = (): News => ({ points: [], epochsEnded: [], freezes: [] })

export function standingOf(run: RunSummary): Standing {
  const { epochsDone, step, epochs, stepsPerEpoch } = run
  return { run, failure: run.error, epoch: epochsDone, step, epochs, stepsPerEpoch }
}

export function advance(standing: Standing, event: RunEvent): void {
  switch (event.kind) {
    case 'start':
      standing.epochs = event.epochs
      standing.stepsPerEpoch = event.stepsPerEpoch
      standing.epoch = event.epoch
      return
    case 'progress':
      standing.epoch = event.epoch
      standing.step = event.step
      return
    case 'epoch':
      standing.epoch = event.epoch + 1
      standing.step = event.step
      return
    default:
  }
}

export function hear(news: News, event: RunEvent): void {
  switch (event.kind) {
    case 'progress':
      news.points.push({
        step: event.step,
        loss: event.loss,
        stepsPerSecond: event.stepsPerSecond,
        gradientNorm: event.gradientNorm,
      })
      if (news.points.length > 2 * MOST_POINTS) news.points = halved(news.points)
      return
    case 'epoch': {
      const { loss, accuracy } = figures(event.validation)
      const { epoch, step, trainLoss, learningRate, best, frozen, frozenIntact } = event
      const { stepsPerSecond, gradientNorm, updateNorm } = event
      news.epochsEnded.push({
        epoch,
        step,
        trainLoss,
        learningRate,
        best,
        frozen,
        frozenIntact,
        stepsPerSecond,
        gradientNorm,
        updateNorm,
        validationLoss: loss,
        validationAccuracy: accuracy,
      })
      return
    }
    case 'freeze':
      news.freezes.push({
        epoch: event.epoch,
        action: event.action,
        parameters: event.parameters,
        reason: event.reason,
      })
      return
    default:
  }
}

export function liveRun(
  { run, failure, epoch, step, epochs, stepsPerEpoch }: Standing,
  { points, epochsEnded, freezes }: News,
  secondsLeft: number | null,
): LiveRun {
  return {
    runId: run.id,
    studyId: run.studyId,
    planId: run.planId,
    seed: run.seed,
    status: run.status,
    failure,
    epoch,
    step,
    epochs,
    stepsPerEpoch,
    secondsLeft,
    points: columns(points.length > MOST_POINTS ? halved(points) : points),
    epochsEnded,
    freezes,
  }
}

function columns(points: readonly Point[]): LivePoints {
  const column = (of: (point: Point) => number): Float64Array => Float64Array.from(points, of)
  const told = COMPONENTS.filter(component => points.some(point => point.gradientNorm[component] !== undefined))
  return {
    steps: column(point => point.step),
    loss: column(point => point.loss),
    stepsPerSecond: column(point => point.stepsPerSecond),
    gradientNorm: Object.fromEntries(
      told.map(component => [component, column(point => point.gradientNorm[component] ?? NaN)]),
    ),
  }
}

function halved(points: readonly Point[]): Point[] {
  return Array.from({ length: Math.ceil(points.length / 2) }, (_, i) => {
    const [a, b] = [points[2 * i]!, points[2 * i + 1]]
    return b ? between(a, b) : a
  })
}

function between(a: Point, b: Point): Point {
  const gradientNorm: Point['gradientNorm'] = {}
  for (const component of COMPONENTS) {
    const norms = [a.gradientNorm[component], b.gradientNorm[component]].filter(norm => norm !== undefined)
    if (norms.length > 0) gradientNorm[component] = norms.reduce((x, y) => x + y, 0) / norms.length
  }
  return {
    step: b.step,
    loss: (a.loss + b.loss) / 2,
    stepsPerSecond: (a.stepsPerSecond + b.stepsPerSecond) / 2,
    gradientNorm,
  }
}
