import { controllers } from '../../engine/controllers/index.ts'
import { memories } from '../../engine/memories/index.ts'
import { buildModel, type Model } from '../../engine/model.ts'
import { optimizers } from '../../engine/optimizers/index.ts'
import { tasks } from '../../engine/tasks/index.ts'
import { validLengths, type Language } from '../../engine/tasks/task.ts'
import { lessonsOf, stepsOf } from '../../engine/train/lessons.ts'
import { resolvePlan } from '../../engine/train/freeze-plan.ts'
import type { Problem, StudyCheck } from '../../shared/contract/index.ts'
import { describe, InputError, LabError } from '../../shared/errors.ts'
import { isRecord } from '../../shared/is-record.ts'
import { parseOptions, type Option, type Options } from '../../shared/options.ts'
import { readNumber } from '../../shared/read-number.ts'
import { readSeeds } from '../../shared/seeds.ts'
import {
  parseStudies,
  parseStudy,
  problemsIn,
  type FreezePlan,
  type Picked,
  type StudySpec,
} from '../../shared/study.ts'
import { alphabetOf } from '../services/languages.ts'
import { runsOf, twinsOf } from '../services/same-training.ts'
import { languageFor } from './languages.ts'

/** Everything that is wrong with a draft, as far as it can be told at once, and what the sound studies in it amount to. */
export function checkDraft(content: unknown): StudyCheck {
  if (!isRecord(content))
    return { problems: [{ path: '', message: `${describe(content)}; a study is a record` }], studies: [] }
  if ('tasks' in content || 'models' in content) return checkGrid(content)
  const problems = studyProblems(content)
  return { problems, studies: problems.length > 0 ? [] : [amount(parseStudy(content))] }
}

function checkGrid(content: Record<string, unknown>): StudyCheck {
  try {
    const studies = parseStudies(content)
    const problems = told(studies.map(study => ({ name: study.name, problems: studyProblems(study) })))
    return { problems, studies: problems.length > 0 ? [] : studies.map(amount) }
  } catch (error) {
    return { problems: [problemOf(error)], studies: [] }
  }
}

/** Each problem once, with the study that has it unless all have. */
function told(studies: readonly { readonly name: string; readonly problems: readonly Problem[] }[]): Problem[] {
  return unique(studies.flatMap(({ problems }) => problems)).map(problem => {
    const having = studies.filter(({ problems }) => problems.some(same(problem)))
    if (having.length === studies.length) return problem
    return {
      ...problem,
      message: `${having[0]!.name}${having.length > 1 ? ` and ${having.length - 1} more` : ''}: ${problem.message}`,
    }
  })
}

function studyProblems(content: Record<string, unknown>): Problem[] {
  const form = problemsIn(content).map(({ path, found, allowed }) => ({ path, message: reason(path, found, allowed) }))
  const sound = (path: string): boolean =>
    !form.some(problem => problem.path === path || problem.path.startsWith(`${path}.`))
  const { model: given } = content
  const model = isRecord(given) ? given : {}
  const training = isRecord(content.training) ? content.training : {}
  const parts = [
    ...(sound('task') ? partProblems(tasks, content.task as Picked, 'task') : []),
    ...(sound('model.controller')
      ? partProblems(controllers, (model.controller ?? { id: 'lstm' }) as Picked, 'model.controller')
      : []),
    ...(sound('model.memory')
      ? partProblems(memories, (model.memory ?? { id: 'none' }) as Picked, 'model.memory')
      : []),
    ...(sound('training.optimizer')
      ? partProblems(optimizers, (training.optimizer ?? { id: 'adam' }) as Picked, 'training.optimizer')
      : []),
  ]
  // What several parts say together can only be judged once each is sound.
  return form.length + parts.length > 0 ? unique([...form, ...parts]) : together(parseStudy(content))
}

const isNumber = (option: Option | undefined): boolean => option?.kind === 'int' || option?.kind === 'real'

/** Why what was found cannot stand there, and what can. */
function reason(path: string, found: unknown, allowed: string): string {
  if (path === 'seeds' && typeof found === 'string') return readSeeds(found).problem ?? `allowed: ${allowed}`
  if (typeof found === 'string' && /\bnumber\b/.test(allowed)) return notNumber(found, `allowed: ${allowed}`)
  return found === undefined && allowed !== 'no such field' ? `is missing; allowed: ${allowed}` : `allowed: ${allowed}`
}

/** Of a text that stands in a number's place. */
function notNumber(text: string, allowed: string): string {
  const { problem } = readNumber(text, { decimal: ',' })
  return problem ?? `${JSON.stringify(text)} is a text; ${allowed}`
}

interface Part {
  readonly options: Options
}

function partProblems(table: Readonly<Record<string, Part>>, { id, ...given }: Picked, field: string): Problem[] {
  const part = Object.hasOwn(table, id) ? table[id] : undefined
  if (!part) return [problemOf(new InputError(`${field}.id`, id, Object.keys(table).join(', ')))]
  return Object.entries(given).flatMap(([name, value]) =>
    attempt(() => parseOptions(part.options, { [name]: value }, field)).map(problem =>
      isNumber(part.options[name]) && typeof value === 'string'
        ? { ...problem, message: notNumber(value, problem.message) }
        : problem,
    ),
  )
}

function together(study: StudySpec): Problem[] {
  let language: Language | undefined
  let model: Model | undefined
  const opening = attempt(() => {
    language = languageFor(study.task, 'task')
  })
  if (!language) return opening
  return [
    ...(language.corpus ? [] : lengthProblems(study, language)),
    ...attempt(() => {
      model = buildModel(study.model, alphabetOf(language!), 'model')
    }),
    ...attempt(() => lessonsOf({ study, language: language!, seed: 0, model: { parameters: [] } })),
    ...study.plans.flatMap((plan, i) => (model ? planProblems(plan, model, `plans.${i}`) : [])),
  ]
}

function lengthProblems(study: StudySpec, language: Language): Problem[] {
  const empty = (lengths: readonly [number, number]): boolean => validLengths(language, lengths).length === 0
  const ranges: [string, [number, number]][] = [
    ['data.train.lengths', study.data.train.lengths],
    ['data.validation.lengths', study.data.validation.lengths],
    ...study.evaluation.bins.map(({ lengths }, i): [string, [number, number]] => [
      `evaluation.bins.${i}.lengths`,
      lengths,
    ]),
  ]
  const found = ranges
    .filter(([, lengths]) => empty(lengths))
    .map(([path]) => ({ path, message: 'allowed: a range with at least one length at which the language has strings' }))
  return found
}

/** Span by span, so that each lane of a plan shows its own. */
function planProblems(plan: FreezePlan, { parameters }: Model, field: string): Problem[] {
  return plan.freeze.flatMap((span, i) =>
    attempt(
      () => resolvePlan({ ...plan, freeze: [span] }, parameters, field),
      path => path.replace(`${field}.freeze.0`, `${field}.freeze.${i}`),
    ),
  )
}

function amount(study: StudySpec): StudyCheck['studies'][number] {
  const { parameters } = buildModel(study.model, alphabetOf(languageFor(study.task)))
  return {
    name: study.name,
    runs: runsOf(study),
    stepsPerRun: stepsOf(study, languageFor(study.task)) * study.training.epochs,
    parameters: parameters.reduce((sum, { shape }) => sum + shape.reduce((size, side) => size * side, 1), 0),
    same: [...twinsOf(study)].map(([plan, twin]) => ({ plan, twin })),
  }
}

function attempt(work: () => unknown, place: (path: string) => string = path => path): Problem[] {
  try {
    work()
    return []
  } catch (error) {
    const problem = problemOf(error)
    return [{ ...problem, path: place(problem.path) }]
  }
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof LabError)) throw error
  if (!(error instanceof InputError)) return { path: '', message: error.message }
  const message = error.message.slice(error.message.indexOf('; allowed: ') + 2)
  return { path: error.field.replace(/^study\.?/, ''), message }
}

function unique(problems: readonly Problem[]): Problem[] {
  return problems.filter((problem, i) => problems.findIndex(same(problem)) === i)
}

const same =
  (a: Problem) =>
  (b: Problem): boolean =>
    a.path === b.path && a.message === b.message
