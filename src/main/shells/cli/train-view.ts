import type { Comparison } from '../../../shared/comparison.ts'
import type { RunSummary, Study } from '../../../shared/records.ts'
import type { RunEvent } from '../../../shared/run-events.ts'
import { figures } from '../../../shared/score.ts'
import type { TrainingEvent } from '../../training/training.ts'
import { renderComparison } from './comparison-table.ts'
import { Progress } from './progress.ts'
import { progressLines, progressText } from './progress-view.ts'
import { canMove, hasColour, jsonText, liveLines, widthOf, type Output, type Terminal } from './terminal.ts'
import { fixed, plain } from './words.ts'

/** How training is shown. All that it is told has been stored. */
export interface TrainView {
  begin(studies: readonly Study[], runs: readonly RunSummary[]): void
  note(line: string): void
  event(event: TrainingEvent): void
  /** What the history says of the runs, time and again. */
  update(runs: readonly RunSummary[]): void
  end(): void
  comparison(study: Study, comparison: Comparison): void
}

export function trainView(terminal: Terminal, { json = false }: { json?: boolean }): TrainView {
  if (json) return jsonView(terminal)
  return canMove(terminal.err, terminal.env) ? liveView(terminal) : plainView(terminal)
}

const DRAW_MS = 200
const SAY_MS = 10_000

/** Lines on the terminal that move. */
function liveView({ out, err, env }: Terminal): TrainView {
  const lines = liveLines(err)
  let progress: Progress | null = null
  let timer: NodeJS.Timeout | undefined
  const draw = (): void => {
    if (progress) lines.draw(progressLines(progress, performance.now()))
  }
  return {
    begin(studies, runs) {
      progress = new Progress(studies, runs, performance.now())
      timer = setInterval(draw, DRAW_MS)
    },
    note: line => lines.print(line),
    event(event) {
      if (progress) follow(progress, event)
      if (event.kind === 'ended') lines.print(endLine(event.run, progress))
    },
    update: runs => runs.forEach(run => progress?.update(run)),
    end() {
      clearInterval(timer)
      draw()
      lines.end()
    },
    comparison: (_, comparison) => writeComparison(out, env, comparison),
  }
}

/** A line now and then, for a file or a pipe. */
function plainView({ out, err, env }: Terminal): TrainView {
  let progress: Progress | null = null
  let timer: NodeJS.Timeout | undefined
  const say = (line: string): void => void err.write(`${line}\n`)
  return {
    begin(studies, runs) {
      progress = new Progress(studies, runs, performance.now())
      timer = setInterval(() => say(progressText(progress!, performance.now())), SAY_MS)
    },
    note: say,
    event(event) {
      if (progress) follow(progress, event)
      if (event.kind === 'ended') say(endLine(event.run, progress))
    },
    update: runs => runs.forEach(run => progress?.update(run)),
    end: () => clearInterval(timer),
    comparison: (_, comparison) => writeComparison(out, env, comparison),
  }
}

/** One JSON record a line on the standard output; what is for people goes to the standard error. */
function jsonView({ out, err }: Terminal): TrainView {
  const runs = new Map<string, RunSummary>()
  const write = (record: Record<string, unknown>): void => void out.write(`${jsonText(record)}\n`)
  const keyOf = (id: string): Record<string, unknown> => ({
    run: id,
    study: runs.get(id)?.studyId,
    plan: runs.get(id)?.planId,
    seed: runs.get(id)?.seed,
  })
  const epoch = (runId: string, event: RunEvent): void => {
    if (event.kind !== 'epoch') return
    const { kind, step, learningRate, trainLoss, validation, best, frozenIntact, stepsPerSecond } = event
    write({
      kind,
      ...keyOf(runId),
      epoch: event.epoch,
      step,
      learningRate,
      trainLoss,
      validationLoss: figures(validation).loss,
      validation,
      best,
      frozenIntact,
      stepsPerSecond,
    })
  }
  return {
    begin(studies, list) {
      for (const run of list) runs.set(run.id, run)
      for (const { id, name } of studies) {
        const own = list.filter(({ studyId }) => studyId === id)
        write({
          kind: 'study',
          study: id,
          name,
          runs: own.map(run => ({ run: run.id, plan: run.planId, seed: run.seed, status: run.status })),
        })
      }
    },
    note: line => void err.write(`${line}\n`),
    event(event) {
      if (event.kind === 'begun') write({ kind: 'begun', ...keyOf(event.run.id), resumedFrom: event.resume })
      if (event.kind === 'stored') event.events.forEach(one => epoch(event.runId, one))
      if (event.kind === 'ended')
        write({
          kind: 'ended',
          ...keyOf(event.run.id),
          status: event.run.status,
          epochs: event.run.epochsDone,
          bestEpoch: event.run.bestEpoch,
          bestLoss: event.run.bestLoss,
          seconds: event.run.seconds,
          error: event.failure,
        })
    },
    update() {
      /* What other processes do is not told. */
    },
    end() {
      /* Nothing is left open. */
    },
    comparison: ({ id }, comparison) => write({ kind: 'comparison', study: id, comparison }),
  }
}

function follow(progress: Progress, event: TrainingEvent): void {
  if (event.kind === 'begun') progress.begin(event.run.id, event.resume ?? { epoch: 0, step: 0 })
  if (event.kind === 'stored') progress.add(event.runId, event.events)
  if (event.kind === 'ended') progress.update(event.run)
}

function endLine(run: RunSummary, progress: Progress | null): string {
  const { planTitle, seed, status, error, epochsDone, bestEpoch, bestLoss, seconds } = run
  const how =
    status === 'failed' || error
      ? `failed: ${plain(error?.message ?? 'unknown reason')}`
      : `${status} after ${epochsDone} epochs`
  const best =
    bestEpoch === null ? '' : `, best validation loss ${fixed(bestLoss, 4)} nats a symbol in epoch ${bestEpoch}`
  const count = progress ? `[${progress.done}/${progress.runs.length}] ` : ''
  return `${count}${plain(planTitle)}, seed ${seed}: ${how}${best}, ${seconds.toFixed(1)} s`
}

export function writeComparison(out: Output, env: NodeJS.ProcessEnv, comparison: Comparison): void {
  out.write(renderComparison(comparison, { colour: hasColour(out, env), width: widthOf(out) }))
}
