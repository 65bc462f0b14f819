import { buildModel, type Model } from '../../engine/model.ts'
import { pickOptimizer } from '../../engine/optimizers/pick.ts'
import type { Language } from '../../engine/tasks/task.ts'
import { lessonsOf } from '../../engine/train/lessons.ts'
import { resolvePlan } from '../../engine/train/freeze-plan.ts'
import { InputError, LabError } from '../../shared/errors.ts'
import { isRecord } from '../../shared/is-record.ts'
import { parseStudies, type StudySpec } from '../../shared/study.ts'
import { isTextTask, TEXT_TASKS } from '../../shared/text-study.ts'
import { AUTO, AUTO_NOTE, findDevice } from '../devices/index.ts'
import { alphabetOf, openTask } from './languages.ts'
import { parseStudyJson, readStudyJson } from './study-json.ts'
import { settledPath } from './text-files.ts'

/** The language that a study's runs learn. @throws InputError */
export const languageOf = ({ task }: Pick<StudySpec, 'task'>, where = 'study'): Language =>
  openTask(task, `${where}.task`)

export const modelOf = (study: Pick<StudySpec, 'task' | 'model'>): Model =>
  buildModel(study.model, alphabetOf(languageOf(study)))

/** Checks a study in full, so that none of its runs can fail for what is written in it. @throws InputError naming the first field that is not usable */
export function checkStudy(study: StudySpec): void {
  const model = modelOf(study)
  lessonsOf({ study, language: languageOf(study), seed: 0, model })
  const { parameters } = model
  study.plans.forEach((plan, i) => resolvePlan(plan, parameters, `study.plans.${i}`))
  pickOptimizer(study.training.optimizer)
  const { device } = study.training
  if (device !== undefined && device !== AUTO) findDevice(device, 'study.training.device')
}

/**
 * The studies that a study file's text holds, checked in full.
 * @param name what to call the file in an error @param textAt where the text is that its tasks read, whatever the file says
 * @throws InputError, LabError `bad-input` for what is not JSON in UTF-8
 */
export function readStudies(text: string | Uint8Array, name: string, textAt?: TextPlace): StudySpec[] {
  const content = typeof text === 'string' ? parseStudyJson(text, name) : readStudyJson(text, name)
  const studies = parseStudies(textAt ? withTextAt(content, textAt) : content)
  studies.forEach(checkStudy)
  return studies
}

/** A path, and who gave it. */
export interface TextPlace {
  readonly path: string
  readonly field: string
}

/** A study file's content with another path for every text that its tasks read. @throws InputError where they read none */
function withTextAt(content: unknown, { path, field }: TextPlace): unknown {
  const placed = (task: unknown): unknown =>
    isTextTask(task) ? { ...(task as object), path: settledPath(path) } : task
  const { task, tasks } = isRecord(content) ? content : {}
  if (![task, ...(Array.isArray(tasks) ? tasks : [])].some(isTextTask))
    throw new InputError(field, path, `a study whose task reads a text: ${TEXT_TASKS.join(', ')}`)
  return {
    ...(content as object),
    ...(task === undefined ? {} : { task: placed(task) }),
    ...(Array.isArray(tasks) ? { tasks: tasks.map(placed) } : {}),
  }
}

/** @throws InputError for a device that is not known, LabError `no-device` for one that this machine does not have */
export async function checkDevice(id: string, field = 'device'): Promise<{ id: string; note: string }> {
  if (id === AUTO) return { id, note: AUTO_NOTE }
  const { available, note } = await findDevice(id, field).state()
  if (!available) throw new LabError('no-device', `${field} is ${id}, which is not available here: ${note}`)
  return { id, note }
}
