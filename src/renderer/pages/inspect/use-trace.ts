import { computed, type Ref } from 'vue'
import type { OptimalPrediction, Trace, TraceString } from '../../../shared/contract/index.ts'
import type { Weights } from '../../../shared/records.ts'
import { useLab } from '../../composables/lab.ts'
import { useLoad, type Loaded } from '../../composables/load.ts'

/** One model to look into. */
export interface Subject { readonly runId: string, readonly weights: Weights }

/** Rows of a growing memory that are shown. */
export const DEPTH = 64

/** A run's trace of a string, as soon as both are known. */
export function useTrace(subject: Ref<Subject | null>, string: Ref<TraceString | null>): Loaded<Trace> {
  const lab = useLab()
  const question = computed(() => subject.value && string.value ? JSON.stringify({ ...subject.value, string: string.value, depth: DEPTH }) : null)
  return useLoad(question, (asked, signal) => lab.traces.get(JSON.parse(asked) as Parameters<typeof lab.traces.get>[0], { signal }), { pause: 40 })
}

/** What the exact distribution says to the same string; it may come later than the trace. */
export function useOptimal(subject: Ref<Subject | null>, string: Ref<TraceString | null>): Loaded<OptimalPrediction | null> {
  const lab = useLab()
  const question = computed(() => subject.value && string.value ? JSON.stringify({ runId: subject.value.runId, string: string.value }) : null)
  return useLoad(question, (asked, signal) => lab.traces.optimal(JSON.parse(asked) as Parameters<typeof lab.traces.optimal>[0], { signal }), { pause: 120 })
}
