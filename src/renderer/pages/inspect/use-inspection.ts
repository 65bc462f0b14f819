import { computed, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { FullRun, LabClient, RunRow } from '../../../shared/contract/index.ts'
import type { StudySpec } from '../../../shared/study.ts'
import { useLab } from '../../composables/lab.ts'
import { useLoad } from '../../composables/load.ts'
import { replace, useRouter, writePlace } from '../../shell/router.ts'
import { after, NOWHERE, queryOf, type Happening, type Looking, type Subject } from './inspection.ts'
import { useStudyRuns } from './use-study-runs.ts'

export interface Inspection {
  readonly looking: Readonly<Ref<Looking>>
  readonly tell: (happening: Happening) => void
  /** What is asked about, once it is known which string. */
  readonly subject: ComputedRef<Subject | null>
  /** Of the run that is looked at, once it is here. */
  readonly record: ComputedRef<FullRun | undefined>
  /** The study of that run, which all of its runs have. */
  readonly study: ComputedRef<FullRun['study'] | undefined>
  /** There is no such run. */
  readonly unknown: ComputedRef<boolean>
  readonly recordError: Readonly<Ref<Error | undefined>>
  /** Runs of the study. */
  readonly rows: ComputedRef<readonly RunRow[]>
  /** With the run itself, which is not listed when it is in the trash, but can be looked at and has a name. */
  readonly choosable: ComputedRef<readonly RunRow[]>
  /** No run has been trained yet. */
  readonly none: ComputedRef<boolean>
}

/** A longer one is no run's. */
const LONGEST_ID = 300

/** What is looked at, two ways with the address: each says what the other is to be, and neither is said twice. */
export function useInspection(): Inspection {
  const lab = useLab()
  const { place } = useRouter()
  const looking = shallowRef(after(NOWHERE, { what: 'address changed', place: place.value }))
  const tell = (happening: Happening): void => {
    looking.value = after(looking.value, happening)
  }
  watch(place, now => {
    tell({ what: 'address changed', place: now })
  })
  watch([looking, place], ([now, { page }]) => {
    if (page !== 'inspect' || now.runId === null || now.string === null) return
    const here = { page: 'inspect', subject: now.runId, query: queryOf(now) } as const
    if (writePlace(here) !== writePlace(place.value)) replace(here)
  })

  const runId = computed(() => looking.value.runId)
  const tooLong = computed(() => runId.value !== null && runId.value.length > LONGEST_ID)
  const { data, error: recordError } = useLoad(
    () => (tooLong.value ? null : runId.value),
    id => lab.runs.get({ runId: id }),
  )
  watch(data, record => {
    if (record) tell({ what: 'run came', record })
  })
  const record = computed(() => (data.value?.run.id === runId.value ? data.value : undefined))
  useStart(lab, looking, record, tell)
  return {
    looking,
    tell,
    subject: computed(() => {
      const { runId: own, weights, string } = looking.value
      return own === null || string === null || tooLong.value ? null : { runId: own, weights }
    }),
    record,
    study: computed(() => (data.value?.study.id === looking.value.study ? data.value?.study : undefined)),
    unknown: computed(
      () =>
        tooLong.value ||
        (recordError.value !== undefined && 'code' in recordError.value && recordError.value.code === 'unknown-run'),
    ),
    recordError,
    ...useStudyRuns(record),
    none: useNewest(lab, runId),
  }
}

/** Without a run, the newest that was trained to its end. @returns whether there is none */
function useNewest(lab: LabClient, runId: Ref<string | null>): ComputedRef<boolean> {
  const { place } = useRouter()
  const { data: newest } = useLoad(
    () => (place.value.page === 'inspect' && place.value.subject === null ? 'newest' : null),
    async () =>
      (await lab.runs.list({ search: 'is:over', sort: [{ by: 'ended', descending: true }], limit: 1 })).rows[0] ?? null,
  )
  watch(newest, run => {
    if (run && runId.value === null) replace({ page: 'inspect', subject: run.id })
  })
  return computed(() => newest.value === null)
}

/** Where nothing says which string, one of the longest training length. */
function useStart(
  lab: LabClient,
  looking: Readonly<Ref<Looking>>,
  record: Readonly<Ref<FullRun | undefined>>,
  tell: (happening: Happening) => void,
): void {
  const { data } = useLoad(
    () => (looking.value.string === null && record.value ? record.value.study : null),
    async ({ id, spec }) => ({ id, length: await longestIn(lab, spec) }),
  )
  watch(data, found => {
    if (found && looking.value.string === null && looking.value.study === found.id)
      tell({ what: 'string chosen', string: { length: found.length, seed: 0 } })
  })
}

const NEAR = 12
/** The longest training length need not be one at which the language has strings. */
async function longestIn(lab: LabClient, { task, data }: StudySpec): Promise<number> {
  const [low, high] = data.train.lengths
  for (const from of [Math.max(low, high - NEAR), low]) {
    const { validLengths } = await lab.preview
      .task({ task, lengths: [from, high], strings: 0, seed: 0 })
      .catch((): { validLengths: number[] } => ({ validLengths: [] }))
    const longest = validLengths.at(-1)
    if (longest !== undefined) return Math.min(high, longest)
  }
  return high
}
