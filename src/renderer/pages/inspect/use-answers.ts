import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type {
  AutomatonRun,
  IdealStacks,
  OptimalPrediction,
  StackFidelity,
  Trace,
} from '../../../shared/contract/index.ts'
import {
  beside,
  blankFidelity,
  blankIdeal,
  blankOptimal,
  blankRun,
  together,
  type About,
  type Beside,
} from './answers.ts'
import type { Inspection } from './use-inspection.ts'
import type { Subject } from './inspection.ts'
import { stringProblem } from './string-problem.ts'
import type { Stop } from './training-line.ts'
import { errors, firstDivergence, type Cells } from './trace-view.ts'
import { useAutomaton, useCells, useFidelity, useIdeal, useOptimal, useTraces } from './use-trace.ts'

export interface Answers {
  /** Of what is looked at, or of what was until its trace is here; none where it has failed. */
  readonly trace: ComputedRef<Trace | undefined>
  readonly other: ComputedRef<Trace | null>
  /** Whether `trace` is of something that is not looked at any more. */
  readonly stale: ComputedRef<boolean>
  /** What is wrong with the string, in words; empty where nothing is. */
  readonly problem: ComputedRef<string>
  /** Anything else that went wrong. */
  readonly error: ComputedRef<Error | undefined>
  readonly optimal: Beside<OptimalPrediction>
  readonly ideal: Beside<IdealStacks>
  readonly fidelity: Beside<StackFidelity>
  readonly run: Beside<AutomatonRun>
  /** What the ideal stack does, or why there is none; undefined until that is known. */
  readonly note: ComputedRef<string | undefined>
  /** Whether memories are held against the ideal stack right now. */
  readonly comparing: Readonly<Ref<boolean>>
  readonly cells: Ref<Cells | null>
  readonly otherCells: Ref<Cells | null>
  /** Columns of predictions that are wrong and need not be; the read-out calls the same ones errors. */
  readonly wrong: ComputedRef<number[]>
  /** The first column in which both runs differ clearly; -1 for none. */
  readonly divergence: ComputedRef<number>
  /** Sees to it that the traces of all these weights are here when they are asked for. */
  readonly prepare: (stops: readonly Stop[]) => void
}

/** Strings up to this long are traced under all weights beforehand, so that the scrubber finds them. */
const PREPARED = 1_200

const sameWeightsToo = (a: About<unknown>, b: About<unknown>): boolean => a.runId === b.runId && a.weights === b.weights

/** Everything that the host says to what is looked at. */
export function useAnswers({ looking, subject, rows }: Pick<Inspection, 'looking' | 'subject' | 'rows'>): Answers {
  const string = computed(() => looking.value.string)
  const second = computed(() => looking.value.second)
  const traces = useTraces()
  const [first, beside_] = [traces.use(subject, string), traces.use(second, string)]
  const { trace: told, other } = together(first, beside_, second)
  const trace = computed(() => (told.error.value ? undefined : told.data.value?.answer))

  const isOfStudy = (id: string): boolean => rows.value.some(row => row.id === id)
  /** What the task alone says holds for all runs of a study. */
  const sameTask = (a: About<unknown>, b: About<unknown>): boolean =>
    a.runId === b.runId || (isOfStudy(a.runId) && isOfStudy(b.runId))
  const optimal = beside(told, useOptimal(subject, string), sameTask, blankOptimal)
  const idealAsked = useIdeal(subject, string)
  const onlyIdeal = computed(
    () => idealAsked.data.value && { ...idealAsked.data.value, answer: idealAsked.data.value.answer.ideal },
  )
  const ideal = beside(told, { ...idealAsked, data: onlyIdeal }, sameTask, blankIdeal)
  const hasIdeal = computed(() => Boolean(idealAsked.data.value?.answer.ideal && trace.value?.stack))
  const fidelityAsked = useFidelity(subject, string, hasIdeal)
  const isAutomaton = computed(() => trace.value?.stack?.kind === 'automaton')
  const problem = computed(() => stringProblem(told.error.value) ?? '')
  return {
    trace,
    other: computed(() => (trace.value ? other.value : null)),
    stale: computed(() => told.loading.value && trace.value !== undefined),
    problem,
    error: computed(() => {
      if (told.error.value) return problem.value === '' ? told.error.value : undefined
      return stringProblem(beside_.error.value) === null ? beside_.error.value : undefined
    }),
    optimal,
    ideal,
    fidelity: beside(told, fidelityAsked, sameWeightsToo, blankFidelity),
    run: beside(told, useAutomaton(subject, string, isAutomaton), sameWeightsToo, blankRun),
    note: computed(() => idealAsked.data.value?.answer.note),
    comparing: fidelityAsked.loading,
    cells: useCells(trace),
    otherCells: useCells(other),
    wrong: computed(() => (trace.value && !optimal.coming.value ? errors(trace.value, optimal.own.value) : [])),
    divergence: computed(() => (trace.value && other.value ? firstDivergence(trace.value, other.value) : -1)),
    prepare: usePreparing(traces, subject, string, trace),
  }
}

function usePreparing(
  traces: ReturnType<typeof useTraces>,
  subject: Readonly<Ref<Subject | null>>,
  string: Readonly<Ref<Parameters<typeof traces.fetch>[1] | null>>,
  trace: Readonly<Ref<Trace | undefined>>,
): (stops: readonly Stop[]) => void {
  let preparing: AbortController | undefined
  onScopeDispose(() => {
    preparing?.abort()
  })
  return stops => {
    const [first, now] = [subject.value, string.value]
    preparing?.abort()
    if (!first || !now || !trace.value || trace.value.symbols.length > PREPARED) return
    preparing = new AbortController()
    const subjects = stops.map(({ weights }) => ({ runId: first.runId, weights }))
    void traces.fetch(subjects, now, preparing.signal).catch(() => undefined)
  }
}

/** How many there were, until it is known how many there are. */
export function useLast(now: Readonly<Ref<number>>, coming: Readonly<Ref<boolean>>): Readonly<Ref<number>> {
  const before = shallowRef(0)
  watch([now, coming], ([known, late]) => {
    if (!late) before.value = known
  })
  return before
}
