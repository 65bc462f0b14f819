import { computed, type Ref } from 'vue'
import type {
  AutomatonRun,
  IdealStacks,
  LabClient,
  OptimalPrediction,
  StackFidelity,
  Trace,
  TraceString,
  TraceWeights,
} from '../../../shared/contract/index.ts'
import { useLab } from '../../composables/lab.ts'
import { useLoad, type Loaded } from '../../composables/load.ts'
import { about, type About } from './answers.ts'
import { keeper, type Keeper } from './keeper.ts'
import type { Cells } from './trace-view.ts'

/** One model to look into. */
export interface Subject {
  readonly runId: string
  readonly weights: TraceWeights
}

/** Rows of a growing memory that are shown. */
export const DEPTH = 64
/** Numbers of traces that are kept, to be shown again at once. */
const KEPT = 16e6

/** `last` and `best` change while a run is trained; weights of an epoch do not. */
const lasts = ({ weights }: Subject): boolean => typeof weights === 'object'
const questionOf = (subject: Subject, string: TraceString): string =>
  JSON.stringify({ ...subject, string, depth: DEPTH, cells: 'lengths' })
const sizeOf = ({ answer: { probabilities, tensors } }: About<Trace>): number =>
  tensors.reduce((sum, { data, lengths }) => sum + data.length + (lengths?.length ?? 0), probabilities.length)

export interface Traces {
  /** A run's trace of a string, as soon as both are known. */
  readonly use: (subject: Ref<Subject | null>, string: Ref<TraceString | null>) => Loaded<About<Trace>>
  /** Sees to it that traces of these are here when they are asked for, one after the other. Weights of an epoch only. */
  readonly fetch: (subjects: readonly Subject[], string: TraceString, signal: AbortSignal) => Promise<void>
}

export function useTraces(): Traces {
  const lab = useLab()
  const kept: Keeper<About<Trace>> = keeper(KEPT, sizeOf)
  type Question = Parameters<typeof lab.traces.get>[0]

  async function ask(question: string, signal: AbortSignal): Promise<About<Trace>> {
    const input = JSON.parse(question) as Question & Subject
    const trace = about(question, await lab.traces.get(input, { signal }))
    if (lasts(input)) kept.put(question, trace)
    return trace
  }
  return {
    use(subject, string) {
      const question = computed(() => (subject.value && string.value ? questionOf(subject.value, string.value) : null))
      return useLoad(question, ask, { known: kept.get })
    },
    async fetch(subjects, string, signal) {
      for (const subject of subjects.filter(lasts)) {
        const question = questionOf(subject, string)
        if (signal.aborted) return
        if (kept.get(question) === undefined) await ask(question, signal)
      }
    },
  }
}

/** The same trace with all that it consists of. */
export const wholeTrace = (lab: LabClient, { runId, weights, symbols }: Trace, signal?: AbortSignal): Promise<Trace> =>
  lab.traces.get({ runId, weights, string: { symbols: [...symbols] }, depth: DEPTH }, signal && { signal })

/** The cells of a trace's growing memories: they are many, are asked for when the trace has stood for a moment, and are null until they are here. */
export function useCells(trace: Ref<Trace | null | undefined>): Ref<Cells | null> {
  const lab = useLab()
  const lacking = computed(() =>
    trace.value?.tensors.some(({ data, lengths }) => lengths !== null && data.length === 0) ? trace.value : null,
  )
  const { data } = useLoad(
    lacking,
    async (of, signal) => {
      const { epoch, tensors } = await wholeTrace(lab, of, signal)
      // The last weights of a run that trains may be others by now.
      return { of, cells: new Map(epoch === of.epoch ? tensors.map(({ name, data }) => [name, data]) : []) }
    },
    { pause: 150 },
  )
  return computed(() => (data.value && data.value.of === trace.value ? data.value.cells : null))
}

/** What the exact distribution says to the same string; it may come later than the trace. */
export function useOptimal(
  subject: Ref<Subject | null>,
  string: Ref<TraceString | null>,
): Loaded<About<OptimalPrediction | null>> {
  const lab = useLab()
  const question = computed(() =>
    subject.value && string.value ? JSON.stringify({ runId: subject.value.runId, string: string.value }) : null,
  )
  return useLoad(
    question,
    async (asked, signal) =>
      about(asked, await lab.traces.optimal(JSON.parse(asked) as Parameters<typeof lab.traces.optimal>[0], { signal })),
    { pause: 120 },
  )
}

/** What the ideal stack of the task holds over the same string, and in words what it does or why there is none. */
export function useIdeal(
  subject: Ref<Subject | null>,
  string: Ref<TraceString | null>,
): Loaded<About<{ note: string; ideal: IdealStacks | null }>> {
  const lab = useLab()
  const question = computed(() =>
    subject.value && string.value
      ? JSON.stringify({ runId: subject.value.runId, string: string.value, depth: DEPTH })
      : null,
  )
  return useLoad(
    question,
    async (asked, signal) =>
      about(asked, await lab.traces.ideal(JSON.parse(asked) as Parameters<typeof lab.traces.ideal>[0], { signal })),
    { pause: 60 },
  )
}

/** How far the memory does what that stack does. @param wanted whether there is such a stack */
export function useFidelity(
  subject: Ref<Subject | null>,
  string: Ref<TraceString | null>,
  wanted: Ref<boolean>,
): Loaded<About<StackFidelity | null>> {
  const lab = useLab()
  const question = computed(() =>
    wanted.value && subject.value && string.value ? JSON.stringify({ ...subject.value, string: string.value }) : null,
  )
  return useLoad(
    question,
    async (asked, signal) =>
      about(
        asked,
        await lab.traces.fidelity(JSON.parse(asked) as Parameters<typeof lab.traces.fidelity>[0], { signal }),
      ),
    { pause: 350 },
  )
}

/** The likeliest run of a nondeterministic stack. @param wanted whether the memory is one */
export function useAutomaton(
  subject: Ref<Subject | null>,
  string: Ref<TraceString | null>,
  wanted: Ref<boolean>,
): Loaded<About<AutomatonRun | null>> {
  const lab = useLab()
  const question = computed(() =>
    wanted.value && subject.value && string.value ? JSON.stringify({ ...subject.value, string: string.value }) : null,
  )
  return useLoad(
    question,
    async (asked, signal) =>
      about(
        asked,
        await lab.traces.automaton(JSON.parse(asked) as Parameters<typeof lab.traces.automaton>[0], { signal }),
      ),
    { pause: 30 },
  )
}
