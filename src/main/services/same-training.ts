import { buildModel } from '../../engine/model.ts'
import { sameTraining } from '../../engine/train/same-training.ts'
import { InputError } from '../../shared/errors.ts'
import type { StudySpec } from '../../shared/study.ts'
import { isTextTask } from '../../shared/text-study.ts'

/** Which weights a model has, by name, is the same for every alphabet: no text needs to be there. */
const ANY_ALPHABET = 2

/**
 * By the id of each plan of a study that trains the same as another, that one's id. Such a plan has no runs of its own: those of its
 * twin are its. Empty for a study that this version cannot read.
 */
export function twinsOf(study: Planned): ReadonlyMap<string, string> {
  const { task, model, plans, training } = study
  const key = JSON.stringify([isTextTask(task), model, plans, training.epochs, training.earlyStop])
  const twins = kept.get(key) ?? findTwins(study)
  kept.delete(key)
  kept.set(key, twins)
  if (kept.size > KEPT) kept.delete(kept.keys().next().value!)
  return twins
}

/** Runs that a study has: one for every seed and every plan that is a training of its own. */
export const runsOf = (study: Planned & Pick<StudySpec, 'seeds'>): number =>
  (study.plans.length - twinsOf(study).size) * study.seeds.length

type Planned = Pick<StudySpec, 'task' | 'model' | 'plans' | 'training'>

/** Lists of studies ask for each of theirs, again and again, and a model takes a millisecond to trace. */
const KEPT = 500
const kept = new Map<string, ReadonlyMap<string, string>>()

function findTwins({ task, model, plans, training }: Planned): ReadonlyMap<string, string> {
  try {
    const { parameters } = buildModel(model, isTextTask(task) ? { words: ANY_ALPHABET } : ANY_ALPHABET)
    return sameTraining(plans, parameters, training)
  } catch (error) {
    if (error instanceof InputError) return new Map()
    throw error
  }
}

/** A sentence for every plan that has no runs of its own: `Memory frozen is the same training as Full training: it is trained once.` */
export const sameTexts = ({ plans }: Pick<StudySpec, 'plans'>, twins: ReadonlyMap<string, string>): string[] => {
  const titleOf = (id: string): string => plans.find(plan => plan.id === id)?.title ?? id
  return [...twins].map(
    ([plan, twin]) => `${titleOf(plan)} is the same training as ${titleOf(twin)}: it is trained once.`,
  )
}
