import { buildModel, type Model } from '../../engine/model.ts'
import { pickOptimizer } from '../../engine/optimizers/pick.ts'
import { tasks } from '../../engine/tasks/index.ts'
import { openLanguage, type Language } from '../../engine/tasks/task.ts'
import { checkLengths } from '../../engine/train/data.ts'
import { resolvePlan } from '../../engine/train/freeze-plan.ts'
import { InputError, LabError } from '../../shared/errors.ts'
import { parseStudies, type StudySpec } from '../../shared/study.ts'
import { AUTO, AUTO_NOTE, findDevice } from '../devices/index.ts'

/** The language that a study's runs learn. @throws InputError */
export function languageOf({ task: { id, ...options } }: Pick<StudySpec, 'task'>, where = 'study'): Language {
  const task = Object.hasOwn(tasks, id) ? tasks[id] : undefined
  if (!task) throw new InputError(`${where}.task.id`, id, Object.keys(tasks).join(', '))
  return openLanguage(task, options, `${where}.task`)
}

export const modelOf = (study: Pick<StudySpec, 'task' | 'model'>): Model => buildModel(study.model, languageOf(study).symbols.length)

/** Checks a study in full, so that none of its runs can fail for what is written in it. @throws InputError naming the first field that is not usable */
export function checkStudy(study: StudySpec): void {
  checkLengths(study, languageOf(study))
  const { parameters } = modelOf(study)
  study.plans.forEach((plan, i) => resolvePlan(plan, parameters, `study.plans.${i}`))
  pickOptimizer(study.training.optimizer)
  const { device } = study.training
  if (device !== undefined && device !== AUTO) findDevice(device, 'study.training.device')
}

/**
 * The studies that a study file's text holds, checked in full.
 * @param name what to call the file in an error @throws InputError, LabError `bad-input` for what is not JSON
 */
export function readStudies(text: string, name: string): StudySpec[] {
  const studies = parseStudies(parseJson(text, name))
  studies.forEach(checkStudy)
  return studies
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const reason = (cause as Error).message.replace(/\s+/g, ' ')
    throw new LabError('bad-input', `${name} is not JSON (${reason}); allowed: a study as JSON, which has no NaN, no comments and no trailing commas`, { cause })
  }
}

/** @throws InputError for a device that is not known, LabError `no-device` for one that this machine does not have */
export async function checkDevice(id: string, field = 'device'): Promise<{ id: string, note: string }> {
  if (id === AUTO) return { id, note: AUTO_NOTE }
  const { available, note } = await findDevice(id, field).state()
  if (!available) throw new LabError('no-device', `${field} is ${id}, which is not available here: ${note}`)
  return { id, note }
}
