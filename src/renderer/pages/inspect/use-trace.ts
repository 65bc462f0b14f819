import { computed, type Ref } from 'vue'
import type {
  AutomatonRun,
  IdealStacks,
  LabClient,
  OptimalPrediction,
  StackFidelity,
  Trace,
  TraceString,
} from '../../../shared/contract/index.ts'
import { useLab } from '../../composables/lab.ts'
import { useLoad, type Loaded } from '../../composables/load.ts'
import { about, type About } from './answers.ts'
import type { Subject } from './inspection.ts'
import { keeper, type Keeper } from './keeper.ts'
import { question, type Question } from './question.ts'
import type { Cells } from './trace-view.ts'

/** Rows of a growing memory that are shown. */
export const DEPTH = 64
/** Numbers of traces that are kept, to be shown again at once. */
const KEPT = 16e6

/** `last` and `best` change while a run is trained; weights of an epoch do not. */
const lasts = ({ weights }: Subject): boolean => typeof weights === 'object'
/** A string, under some weights of a run. */
type Asked = Subject & { readonly string: TraceString }
const wholeQuestion = (asked: Asked): Asked & { readonly depth: number; readonly cells: 'lengths' } => ({
  ...asked,
  depth: DEPTH,
  cells: 'lengths',
})
const sizeOf = ({ answer: { probabilities, tensors } }: About<Trace>): number =>
  tensors.reduce((sum, { data, lengths }) => sum + data.length + (lengths?.length ?? 0), probabilities.length)

export interface Traces {
  /** A run's trace of a string, as soon as both are known. */
  readonly use: (subject: Wanted, string: Given) => Loaded<About<Trace>>
  /** Sees to it that traces of these are here when they are asked for, one after the other. Weights of an epoch only. */
  readonly fetch: (subjects: readonly Subject[], string: TraceString, signal: AbortSignal) => Promise<void>
}

export function useTraces(): Traces {
  const lab = useLab()
  const kept: Keeper<About<Trace>> = keeper(KEPT, sizeOf)
  type Whole = ReturnType<typeof wholeQuestion>

  async function ask({ key, asked }: Question<Whole>, signal: AbortSignal): Promise<About<Trace>> {
    const trace = about(asked, await lab.traces.get(asked, { signal }))
    if (lasts(asked)) kept.put(key, trace)
    return trace
  }
  return {
    use(subject, string) {
      const asked = question(() =>
        subject.value && string.value ? wholeQuestion({ ...subject.value, string: string.value }) : null,
      )
      return useLoad(asked, ask, { known: ({ key }) => kept.get(key) })
    },
    async fetch(subjects, string, signal) {
      for (const subject of subjects.filter(lasts)) {
        const asked = wholeQuestion({ ...subject, string })
        const key = JSON.stringify(asked)
        if (signal.aborted) return
        if (kept.get(key) === undefined) await ask({ key, asked }, signal)
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

/** What is asked of a run and a string, beside the trace. */
type Wanted = Readonly<Ref<Subject | null>>
type Given = Readonly<Ref<TraceString | null>>

/** An answer to a question about a string, with what it is about. @param make null for nothing to ask */
function useAnswer<Q extends { readonly runId: string; readonly string: TraceString }, T>(
  make: () => Q | null,
  ask: (asked: Q, context: { readonly signal: AbortSignal }) => Promise<T>,
  pause: number,
): Loaded<About<T>> {
  return useLoad(question(make), async ({ asked }, signal) => about(asked, await ask(asked, { signal })), { pause })
}

/** What the exact distribution says to the same string; it may come later than the trace. */
export function useOptimal(subject: Wanted, string: Given): Loaded<About<OptimalPrediction | null>> {
  const { traces } = useLab()
  return useAnswer(
    () => (subject.value && string.value ? { runId: subject.value.runId, string: string.value } : null),
    (asked, context) => traces.optimal(asked, context),
    120,
  )
}

/** What the ideal stack of the task holds over the same string, and in words what it does or why there is none. */
export function useIdeal(subject: Wanted, string: Given): Loaded<About<{ note: string; ideal: IdealStacks | null }>> {
  const { traces } = useLab()
  return useAnswer(
    () => (subject.value && string.value ? { runId: subject.value.runId, string: string.value, depth: DEPTH } : null),
    (asked, context) => traces.ideal(asked, context),
    60,
  )
}

/** How far the memory does what that stack does. @param wanted whether there is such a stack */
export function useFidelity(
  subject: Wanted,
  string: Given,
  wanted: Readonly<Ref<boolean>>,
): Loaded<About<StackFidelity | null>> {
  const { traces } = useLab()
  return useAnswer(
    () => (wanted.value && subject.value && string.value ? { ...subject.value, string: string.value } : null),
    (asked, context) => traces.fidelity(asked, context),
    350,
  )
}

/** The likeliest run of a nondeterministic stack. @param wanted whether the memory is one */
export function useAutomaton(
  subject: Wanted,
  string: Given,
  wanted: Readonly<Ref<boolean>>,
): Loaded<About<AutomatonRun | null>> {
  const { traces } = useLab()
  return useAnswer(
    () => (wanted.value && subject.value && string.value ? { ...subject.value, string: string.value } : null),
    (asked, context) => traces.automaton(asked, context),
    30,
  )
}
