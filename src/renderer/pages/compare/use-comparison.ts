import { computed, onScopeDispose, type Ref } from 'vue'
import type { Comparison, Target } from '../../../shared/comparison.ts'
import type { LengthCurves, PlanCurve, RunCurve } from '../../../shared/contract/index.ts'
import type { Weights } from '../../../shared/records.ts'
import { concernsStudy, useChanges, useLab } from '../../composables/lab.ts'
import { useLoad, type Loaded } from '../../composables/load.ts'
import { pace } from '../../lib/pace.ts'
import type { LearningMetric } from '../../../figures/compare.ts'

export interface Question {
  readonly studyId: string
  readonly weights: Weights
  readonly reference: string | null
  /** What is to decide; null: what decides by default. */
  readonly targets: readonly Target[] | null
}
export interface Learning {
  readonly plans: readonly PlanCurve[]
  readonly members: readonly (RunCurve & { readonly planId: string; readonly seed: number })[]
}

const BUCKETS = 400
const AGAIN_EVERY = 1_000
/** More single runs than these are not drawn behind the means. */
const MOST_MEMBERS = 60

export interface ComparisonData {
  readonly comparison: Loaded<Comparison>
  readonly lengths: Loaded<LengthCurves>
  readonly learning: Loaded<Learning>
}

/**
 * Everything that the page draws of a study; asked anew when one of its runs is no longer what it was: it has ended, or was archived. The
 * learning curves come first: they cost the host least, and need nothing that the page does not know from the start.
 * @param learned the study whose learning curves are drawn; may be known before the question is
 */
export function useComparison(
  question: Ref<Question | null>,
  learned: Ref<string | null>,
  metric: Ref<LearningMetric>,
): ComparisonData {
  const lab = useLab()
  const curve = computed(() => learned.value && `${learned.value} ${metric.value}`)
  const learning = useLoad(curve, async (_, signal): Promise<Of<Learning>> => {
    const [studyId, shown] = [learned.value!, metric.value]
    const members = async (): Promise<Learning['members']> => {
      const { rows } = await lab.runs.list(
        { search: `study:"${studyId}"`, archived: true, limit: MOST_MEMBERS + 1 },
        { signal },
      )
      const begun = rows.filter(({ step }) => step > 0)
      if (begun.length === 0 || rows.length > MOST_MEMBERS) return []
      const curves = await lab.curves.get(
        { runs: begun.map(({ id }) => id), metric: shown, buckets: BUCKETS },
        { signal },
      )
      return curves.map(member => {
        const run = begun.find(({ id }) => id === member.runId)!
        return { ...member, planId: run.planId, seed: run.seed }
      })
    }
    const [plans, single] = await Promise.all([
      lab.curves.plans({ studyId, metric: shown, buckets: BUCKETS }, { signal }),
      members(),
    ])
    return { of: studyId, answer: { plans, members: single } }
  })
  const comparison = useLoad(question, async ({ studyId, weights, reference, targets }, signal) => ({
    of: studyId,
    answer: await lab.comparison.get(
      {
        studyId,
        weights,
        ...(reference === null ? {} : { reference }),
        ...(targets === null ? {} : { targets: [...targets] }),
      },
      { signal },
    ),
  }))
  const studyAndWeights = computed(() => question.value && `${question.value.studyId} ${question.value.weights}`)
  const lengths = useLoad(studyAndWeights, async (_, signal) => {
    const { studyId, weights } = question.value!
    return { of: studyId, answer: await lab.comparison.lengths({ studyId, weights }, { signal }) }
  })

  // What a run learns changes nothing of what is compared, its end does.
  const again = pace(() => {
    for (const one of [comparison, lengths, learning]) one.reload()
  }, AGAIN_EVERY)
  useChanges(['runs'], changed => {
    if (question.value && concernsStudy(changed, question.value.studyId)) again.ask()
  })
  onScopeDispose(again.stop)
  const asked = computed(() => question.value?.studyId ?? null)
  return {
    comparison: answerFor(asked, comparison),
    lengths: answerFor(asked, lengths),
    learning: answerFor(learned, learning),
  }
}

/** What a question about one study was answered with. */
interface Of<T> {
  readonly of: string
  readonly answer: T
}

/** The answer while it is about the study that is asked for: that about the one before is none. */
function answerFor<T>(studyId: Ref<string | null>, { data, ...rest }: Loaded<Of<T>>): Loaded<T> {
  return { ...rest, data: computed(() => (data.value?.of === studyId.value ? data.value?.answer : undefined)) }
}
