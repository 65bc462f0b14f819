import { computed, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { FullRun, OptimalPrediction, Trace, TraceString } from '../../../shared/contract/index.ts'
import type { Weights } from '../../../shared/records.ts'
import { useLab } from '../../composables/lab.ts'
import { useLoad, type Loaded } from '../../composables/load.ts'
import { longestOffered, nearestLength, stringOf, type StringChoice } from './choice.ts'

/** ms to wait for the next change of the string: a slider that is drawn along asks only where it rests. */
const PAUSE = 120

export interface Inspection {
  readonly record: Loaded<FullRun>
  readonly trace: Loaded<{ readonly trace: Trace, readonly string: TraceString }>
  /** Of the trace's string; null where none is known, or while it is not there yet. */
  readonly optimal: ComputedRef<OptimalPrediction | null>
  readonly optimalLoading: Readonly<ShallowRef<boolean>>
  /** Lengths at which the task has strings; empty while unknown. */
  readonly lengths: ComputedRef<readonly number[]>
  /** [shortest, longest] of the training strings. */
  readonly trained: ComputedRef<readonly [number, number] | undefined>
}

/** What a run's weights do on a string, and what would have been right. */
export function useInspection(runId: Ref<string | null>, weights: Ref<Weights>, choice: Ref<StringChoice>): Inspection {
  const lab = useLab()
  const record = useLoad(runId, id => lab.runs.get({ runId: id }))
  const spec = computed(() => record.data.value?.row.id === runId.value ? record.data.value?.study.spec : undefined)
  const trained = computed(() => spec.value?.data.train.lengths)

  const known = useLoad(() => spec.value ?? null, async ({ task, data }, signal) => {
    try {
      return (await lab.preview.task({ task, lengths: [1, longestOffered(data.train.lengths)], strings: 0 }, { signal })).validLengths
    } catch {
      // The host says what is wrong with a length once one is asked for.
      return []
    }
  })
  const lengths = computed(() => known.data.value ?? [])

  watch([trained, lengths], () => {
    if (!trained.value || known.data.value === undefined) return
    const wanted = choice.value.length ?? trained.value[1]
    const length = nearestLength(lengths.value, wanted)
    if (length !== choice.value.length) choice.value = { ...choice.value, length }
  })

  const string = computed(() => spec.value && known.data.value !== undefined ? stringOf(choice.value) : null)
  const asked = shallowRef<{ runId: string, weights: Weights, string: TraceString } | null>(null)
  watch([runId, weights, string] as const, ([id, which, now]) => { asked.value = id === null || now === null ? null : { runId: id, weights: which, string: now } }, { immediate: true })
  const trace = useLoad(asked, async (question, signal) => ({ trace: await lab.traces.get(question, { signal }), string: question.string }), { pause: PAUSE })
  // It costs seconds for some tasks and does not depend on the weights.
  const exact = useLoad(() => trace.data.value && trace.data.value.trace.runId === runId.value ? trace.data.value.string : null, async (own, signal) => ({ own, optimal: await lab.traces.optimal({ runId: runId.value!, string: own }, { signal }) }))
  const optimal = computed(() => exact.data.value && exact.data.value.own === trace.data.value?.string ? exact.data.value.optimal : null)
  return { record, trace, optimal, optimalLoading: exact.loading, lengths, trained }
}
