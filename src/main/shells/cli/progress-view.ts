import type { Progress, RunProgress } from './progress.ts'
import { duration, fixed, integer, plain } from './words.ts'

const BAR = 24
/** Of runs that are shown one by one. */
const MOST_SHOWN = 12

/** Those that are being trained here and are shown, and how many more there are. */
function shownRuns({ runs }: Progress): { running: RunProgress[]; more: number } {
  const all = runs.filter(({ here, status }) => here && status === 'running')
  return { running: all.slice(0, MOST_SHOWN), more: Math.max(0, all.length - MOST_SHOWN) }
}

/** The progress as lines: one for all runs, and one for each that is being trained here, of many for the first ones. */
export function progressLines(progress: Progress, now: number): string[] {
  const { running, more } = shownRuns(progress)
  const [plan, seed] = [
    Math.max(0, ...running.map(run => plain(run.plan).length)),
    Math.max(0, ...running.map(run => String(run.seed).length)),
  ]
  return [
    overall(progress, now),
    ...running.map(run => runLine(run, plan, seed)),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}

/** The same on one line, for a file. */
export function progressText(progress: Progress, now: number): string {
  const { running, more } = shownRuns(progress)
  return [
    summary(progress, now),
    ...running.map(
      run =>
        `${plain(run.plan)} seed ${run.seed}: epoch ${run.epoch} of ${run.epochs}${run.validation ? `, ${run.validation}` : ''}`,
    ),
    ...(more > 0 ? [`${more} more`] : []),
  ].join('; ')
}

const overall = (progress: Progress, now: number): string =>
  `${title(progress)}  ${bar(progress.share)}  ${summary(progress, now)}`

const title = ({ studies }: Progress): string =>
  studies.length === 1 ? plain(studies[0]!.name) : `${studies.length} studies`

function summary(progress: Progress, now: number): string {
  const left = progress.left(now)
  return [
    `${progress.done} of ${progress.runs.length} runs`,
    `${Math.floor(100 * progress.share)} %`,
    `${duration(progress.elapsed(now))} gone`,
    ...(left === null || progress.share === 1
      ? []
      : [`${progress.atMost ? 'at most' : 'about'} ${duration(left)} left`]),
  ].join(', ')
}

function runLine(run: RunProgress, planWidth: number, seedWidth: number): string {
  const left = run.stepsPerSecond > 0 ? `${duration((run.steps - run.step) / run.stepsPerSecond)} left` : ''
  return [
    `  ${plain(run.plan).padEnd(planWidth)}  seed ${String(run.seed).padStart(seedWidth)}`,
    bar(run.steps > 0 ? run.step / run.steps : 0),
    `epoch ${String(run.epoch).padStart(String(run.epochs).length)}/${run.epochs}`,
    `loss ${fixed(run.loss, 3)}`,
    run.validation,
    run.stepsPerSecond > 0 ? `${integer(Math.round(run.stepsPerSecond))} steps/s` : '',
    left,
  ]
    .filter(part => part !== '')
    .join('  ')
}

function bar(share: number): string {
  const full = Math.max(0, Math.min(BAR, Math.floor(BAR * share)))
  return '━'.repeat(full) + '─'.repeat(BAR - full)
}
