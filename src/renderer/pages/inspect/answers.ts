import { computed, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type {
  AutomatonRun,
  IdealStacks,
  OptimalPrediction,
  StackFidelity,
  Trace,
  TraceString,
  TraceWeights,
} from '../../../shared/contract/index.ts'
import type { Loaded } from '../../composables/load.ts'
import { columnsOf } from './trace-view.ts'

/** An answer of the host, and what it is about. Keys are equal where what they stand for is. */
export interface About<T> {
  readonly runId: string
  /** Key of the weights; of what is the same for all of them, empty. */
  readonly weights: string
  /** Key of the string. */
  readonly string: string
  readonly answer: T
}

/** What a question is about. */
interface Asked {
  readonly runId: string
  readonly weights?: TraceWeights
  readonly string: TraceString
}

export const about = <T>({ runId, weights, string }: Asked, answer: T): About<T> => ({
  runId,
  weights: weights === undefined ? '' : JSON.stringify(weights),
  string: JSON.stringify(string),
  answer,
})

/** What is known beside a trace. */
export interface Beside<T> {
  /** The answer to the trace's own question; null where there is none, or it has not come yet. */
  readonly own: ComputedRef<T | null>
  /** The same; while it is on its way, one in which nothing is known takes the place of the last, so that its lanes stay where they are. */
  readonly shown: ComputedRef<T | null>
  /** Whether it is on its way. */
  readonly coming: ComputedRef<boolean>
}

/**
 * Holds an answer against the trace that it belongs to, and no other.
 * @param fits whether an answer about the same string is one to the trace @param blank nothing known of a trace, in the form of another answer
 */
export function beside<T>(
  trace: Loaded<About<Trace>>,
  { data, loading }: Loaded<About<T | null>>,
  fits: (answer: About<unknown>, trace: About<Trace>) => boolean,
  blank: (last: T, trace: Trace) => T,
): Beside<T> {
  const belongs = computed(
    () =>
      data.value !== undefined &&
      trace.data.value !== undefined &&
      data.value.string === trace.data.value.string &&
      fits(data.value, trace.data.value),
  )
  const coming = computed(() => !belongs.value && (loading.value || trace.loading.value))
  const own = computed(() => (belongs.value ? data.value!.answer : null))
  const waiting = computed(() =>
    coming.value && data.value?.answer && trace.data.value ? blank(data.value.answer, trace.data.value.answer) : null,
  )
  return { own, coming, shown: computed(() => own.value ?? waiting.value) }
}

/** A trace and a second one of the same string: while the second is on its way, both stay as they were. Looked at when both have been asked for: the first may be here at once. */
export function together(
  first: Loaded<About<Trace>>,
  second: Loaded<About<Trace>>,
  wanted: Ref<unknown>,
): { trace: Loaded<About<Trace>>; other: ComputedRef<Trace | null> } {
  const data = shallowRef(first.data.value)
  const partner = shallowRef<About<Trace>>()
  watch([first.data, second.data, second.loading, wanted], ([now, beside, coming]) => {
    const isOf = (one: About<Trace> | undefined): boolean => one !== undefined && one.string === now?.string
    if (wanted.value !== null && coming && partner.value !== undefined && !isOf(beside)) return
    data.value = now
    partner.value =
      wanted.value !== null && isOf(beside) && beside!.answer.nats.length === now!.answer.nats.length
        ? beside
        : undefined
  })
  const loading = computed(() => first.loading.value || data.value !== first.data.value)
  return { trace: { ...first, data, loading }, other: computed(() => partner.value?.answer ?? null) }
}

const unknown = (length: number): Float64Array => new Float64Array(length).fill(NaN)

export function blankOptimal({ lengths }: OptimalPrediction, trace: Trace): OptimalPrediction {
  return {
    lengths,
    probabilities: new Float32Array(columnsOf(trace) * (trace.symbolNames.length + 1)).fill(NaN),
    nats: unknown(columnsOf(trace)),
  }
}

export function blankIdeal(last: IdealStacks, trace: Trace): IdealStacks {
  const columns = columnsOf(trace)
  return {
    ...last,
    depth: unknown(columns),
    content: new Float32Array(columns * last.rows * last.symbols.length),
    moves: new Float32Array(3 * columns),
  }
}

export const blankFidelity = (last: StackFidelity, trace: Trace): StackFidelity => ({
  ...last,
  tops: new Int32Array(columnsOf(trace)).fill(-1),
})

/** Without a height: no stack is lower than 1. */
export function blankRun(_: AutomatonRun, { symbols: { length } }: Trace): AutomatonRun {
  return {
    moves: new Uint8Array(length),
    states: new Int32Array(length),
    symbols: new Int32Array(length),
    heights: new Int32Array(length),
  }
}
