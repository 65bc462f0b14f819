import { median, type Measured } from '../measure.ts'
import { STUDIED, type StudiedId } from '../problem.ts'
import type { Floor } from './floor.ts'
import type { Limits } from './limits.ts'
import { PLAN_IDS } from './plans.ts'
import type { FormId } from './torch.ts'

/** One model of the study: all its runs as one cohort, one run alone, and PyTorch's step of each plan in each form. */
export interface StudyPart {
  readonly model: StudiedId
  readonly runs: number
  readonly seeds: number
  readonly measured: readonly Measured[]
  /** Of one step of every run. */
  readonly floor: Floor
}

export interface LanguagePart {
  readonly runs: number
  readonly measured: readonly Measured[]
  /** Of one step of one run. */ readonly floor: Floor
}

export interface GpuResults {
  readonly limits: Limits | null
  readonly study: readonly StudyPart[]
  readonly language: LanguagePart | null
}

/** Milliseconds that passed in a step: the median over rounds of their means. */
export function stepOf(measured: readonly Measured[], id: string): number | undefined {
  const found = measured.find(one => one.id === id)
  return found && median(found.rounds.map(({ elapsed }) => elapsed))
}

const HOUR = 3.6e6

/** Hours that all runs of a model take, of `steps` steps each. */
function hoursOf({ measured, seeds }: StudyPart, who: 'ours' | FormId, steps: number): number | undefined {
  if (who === 'ours') {
    const together = stepOf(measured, 'cohort')
    return together === undefined ? undefined : (together * steps) / HOUR
  }
  const plans = PLAN_IDS.map(plan => stepOf(measured, `${who} ${plan}`))
  return plans.reduce<number | undefined>(
    (sum, step) => (sum === undefined || step === undefined ? undefined : sum + (seeds * step * steps) / HOUR),
    0,
  )
}

/** Runs an hour of all these models, one after the other; undefined when one was not measured. */
export function runsAnHour(study: readonly StudyPart[], who: 'ours' | FormId, steps: number): number | undefined {
  const hours = study.map(part => hoursOf(part, who, steps))
  if (hours.length === 0 || hours.some(each => each === undefined)) return undefined
  return study.reduce((sum, { runs }) => sum + runs, 0) / (hours as number[]).reduce((a, b) => a + b, 0)
}

export interface Judged {
  readonly title: string
  readonly figure: number | undefined
  readonly met: boolean | undefined
}

const GOAL = 300

/** @param isSmall whether sizes were such that figures say nothing */
export function judge({ study }: GpuResults, runSteps: number, isSmall: boolean): Judged[] {
  const [ours, theirs] = [runsAnHour(study, 'ours', runSteps), runsAnHour(study, 'eager', runSteps)]
  const isWhole = STUDIED.every(model => study.some(part => part.model === model))
  const figure = isWhole && !isSmall && ours !== undefined && theirs !== undefined ? ours / theirs : undefined
  return [
    {
      title: `Study of five models, runs an hour against PyTorch CUDA, eager: at least ${GOAL}×`,
      figure,
      met: figure === undefined ? undefined : figure >= GOAL,
    },
  ]
}

/** Milliseconds that the GPU needs at least, and for which of the two. */
export function floorTime(
  { bytes, operations }: Floor,
  { bytesPerSecond, operationsPerSecond }: Limits,
): { readonly milliseconds: number; readonly by: 'memory' | 'arithmetic' } {
  const memory = (bytes / bytesPerSecond) * 1e3,
    arithmetic = (operations / operationsPerSecond) * 1e3
  return memory > arithmetic ? { milliseconds: memory, by: 'memory' } : { milliseconds: arithmetic, by: 'arithmetic' }
}
