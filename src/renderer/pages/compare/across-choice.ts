import { ENDS, type Across, type End } from '../../../shared/across.ts'
import { MEASURES, type Measure } from '../../../shared/measures.ts'
import type { StudyInfo } from '../../../shared/contract/index.ts'
import type { Box, Figure } from '../../../figures/figure.ts'
import type { PlanStyle } from '../../../figures/palette.ts'
import { measureFormat } from '../../../figures/compare.ts'

/** Which studies are put side by side, and how: as it stands in the page's address. An empty list of tasks, models or plans means all. */
export interface Choice {
  readonly tasks: readonly string[]
  /** `controller/memory` */
  readonly models: readonly string[]
  readonly plans: readonly string[]
  readonly measure: Measure
  readonly end: End
}

type Query = Readonly<Record<string, string>>

/** Studies that one question may name; the newest are taken. */
export const MOST_STUDIES = 60

const SPLIT = ' '
const list = (text: string | undefined): string[] => text?.split(SPLIT).filter(part => part !== '') ?? []

export function choiceFrom(query: Query): Choice {
  return {
    tasks: list(query.tasks),
    models: list(query.models),
    plans: list(query.plans),
    measure:
      query.measure !== undefined && Object.hasOwn(MEASURES, query.measure) ? (query.measure as Measure) : 'accuracy',
    end: ENDS.find(end => end === query.end) ?? 'longest',
  }
}

export function choiceQuery({ tasks, models, plans, measure, end }: Choice): Query {
  return {
    view: 'across',
    ...(tasks.length > 0 ? { tasks: tasks.join(SPLIT) } : {}),
    ...(models.length > 0 ? { models: models.join(SPLIT) } : {}),
    ...(plans.length > 0 ? { plans: plans.join(SPLIT) } : {}),
    ...(measure === 'accuracy' ? {} : { measure }),
    ...(end === 'longest' ? {} : { end }),
  }
}

export const modelOf = ({ controllerId, memoryId }: Pick<StudyInfo, 'controllerId' | 'memoryId'>): string =>
  `${controllerId}/${memoryId}`
/** `lstm, superposition-stack` */
export const modelTitle = (model: string): string => model.replace(/\/none$/, '').replace('/', ', ')

const fits = (chosen: readonly string[], value: string): boolean => chosen.length === 0 || chosen.includes(value)

/** The studies of a choice that have something to compare, newest first. */
export function chosenStudies(studies: readonly StudyInfo[], { tasks, models, plans }: Choice): StudyInfo[] {
  return studies.filter(
    study =>
      !study.archived &&
      study.endedAt !== null &&
      fits(tasks, study.taskId) &&
      fits(models, modelOf(study)) &&
      study.plans.some(({ id }) => fits(plans, id)),
  )
}

/** What there is to choose from, each once, with its title. */
export function optionsOf(
  studies: readonly StudyInfo[],
): Readonly<Record<'tasks' | 'models' | 'plans', readonly { readonly id: string; readonly title: string }[]>> {
  const known = studies.filter(({ archived, endedAt }) => !archived && endedAt !== null)
  const each = (entries: readonly (readonly [string, string])[]) =>
    [...new Map(entries)].map(([id, title]) => ({ id, title })).sort((a, b) => a.title.localeCompare(b.title))
  return {
    tasks: each(known.map(({ taskId, taskTitle }) => [taskId, taskTitle])),
    models: each(known.map(study => [modelOf(study), modelTitle(modelOf(study))])),
    plans: each(known.flatMap(({ plans }) => plans.map(({ id, title }) => [id, title] as const))),
  }
}

/** One more or one less; all is the same as none. */
export function toggled(chosen: readonly string[], id: string, all: readonly string[]): string[] {
  const now = chosen.length === 0 ? all : chosen
  const next = now.includes(id) ? now.filter(one => one !== id) : [...now, id]
  return next.length === 0 || all.every(one => next.includes(one)) ? [] : next
}

/** Every plan's difference to the reference, a point a study, with the mean over all of them. */
export function acrossFigure(
  { overall, rows, measure, reference, plans }: Across,
  styles: ReadonlyMap<string, PlanStyle>,
): Figure {
  const { title, unit } = MEASURES[measure]
  const against = plans.find(({ id }) => id === reference)?.title ?? ''
  return {
    id: `studies-${measure}`,
    title: `Difference to ${against}, by study`,
    caption:
      'Points: studies, each the mean over its paired seeds; diamond and bar: mean over studies with its 95 % bootstrap interval, seeds resampled.',
    x: { title: '', ticks: overall.map((one, i) => ({ at: i, label: one.title })) },
    y: {
      title: unit === '' ? `${title}, plan less reference` : `${title}, ${unit}`,
      format: measureFormat(measure) === 'share' ? 'share' : 'plain',
    },
    lines:
      overall.length === 0
        ? []
        : [
            {
              id: 'zero',
              label: 'no difference',
              colour: 'limit',
              x: [-0.5, overall.length - 0.5],
              y: [0, 0],
              dash: [2, 3],
              width: 1.5,
            },
          ],
    boxes: overall.map((one, i): Box => ({
      id: one.plan,
      label: one.title,
      colour: styles.get(one.plan)?.slot ?? 7,
      x: i,
      mean: one.mean,
      values: rows.flatMap(row => {
        const difference = row.cells[one.plan]?.difference
        return difference ? [{ label: row.name, value: difference.mean }] : []
      }),
      ...(one.interval?.low !== null && one.interval?.low !== undefined && one.interval.high !== null
        ? { interval: [one.interval.low, one.interval.high] as const }
        : {}),
    })),
  }
}
