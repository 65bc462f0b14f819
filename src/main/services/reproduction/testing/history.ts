import { FORMAL_MODELS, type PublishedPlan } from '../../../../shared/published/das-mali-2024.ts'
import { parseStudy, type StudySpec } from '../../../../shared/study.ts'
import type { ComparedRun } from '../../compare.ts'
import { ceilingAt, floorAt, LIMITS, runOf, type Behaviour } from '../../comparison/testing/study.ts'
import { studyFigures } from '../figures.ts'
import type { EvidenceInput } from '../measure.ts'
import { recognise, type Recognised } from '../recognise.ts'

/** Made-up histories: studies whose runs do what a test says, on the test lengths of `comparison/testing/study.ts`. */

export const spec = (task: string, model: string, changes: Record<string, unknown> = {}): StudySpec => {
  const { controller, memory } = FORMAL_MODELS.find(({ id }) => id === model)!
  return parseStudy({
    name: `${task} · ${model}`,
    task: { id: task },
    model: { controller, memory },
    seeds: 10,
    evaluation: {
      bins: [
        { name: 'short', lengths: [40, 100], perLength: 10 },
        { name: 'middle', lengths: [100, 200], perLength: 10 },
        { name: 'long', lengths: [200, 400], perLength: 10 },
      ],
    },
    ...changes,
  })
}

/** What a run keeps of the way from floor to ceiling: in the first bin, and in the last; half-way between in the middle one. */
export interface Kept {
  readonly short: number
  readonly long: number
}
export type Outcome = (plan: PublishedPlan, seed: number) => Kept | null

const behaviour =
  ({ short, long }: Kept) =>
  (length: number, bin: string): Behaviour => {
    const skill = bin === 'short' ? short : bin === 'long' ? long : (short + long) / 2
    return { accuracy: floorAt(length) + skill * (ceilingAt(length) - floorAt(length)), loss: 0.04 + 0.1 * (1 - skill) }
  }

/** The same outcome for another task and model. */
export function again(
  input: EvidenceInput,
  task: string,
  model: string,
  specChanges: Record<string, unknown> = {},
): EvidenceInput {
  const own = spec(task, model, { seeds: input.spec.seeds, ...specChanges })
  return { ...input, studyId: `${task}-${model}`, name: own.name, spec: own, recognised: recognised(own) }
}

/** A study of which the runs come out so; null: no run. The floor is count-3's, .96 to .99: retention moves by hundredths. */
export function studied(
  task: string,
  model: string,
  seeds: number,
  outcome: Outcome,
  changes: Partial<EvidenceInput> = {},
  specChanges: Record<string, unknown> = {},
): EvidenceInput {
  const own = spec(task, model, { seeds, ...specChanges })
  const found = recognised(own)
  const runs = own.seeds.flatMap(seed =>
    [...found.plans].flatMap(([id, plan]): ComparedRun[] => {
      const kept = outcome(plan, seed)
      return kept ? [runOf(id, seed, behaviour(kept))] : []
    }),
  )
  return {
    studyId: `${task}-${model}`,
    name: own.name,
    spec: own,
    recognised: found,
    machines: ['wasm on a processor'],
    figures: studyFigures({ spec: own, runs, limits: LIMITS }, { resamples: 200 }),
    runs: runs.map(({ planId, seed }) => ({ planId, seed, bestLoss: 0.05 + 0.001 * seed, seconds: 60 })),
    ...changes,
  }
}

function recognised(own: StudySpec): Recognised {
  const found = recognise(own)
  if (found === undefined || typeof found === 'string') throw new Error(`${own.name} is not of the published study`)
  return found
}
