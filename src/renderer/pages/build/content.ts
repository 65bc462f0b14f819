import type { Catalog } from '../../../shared/contract/index.ts'
import { isRecord } from '../../../shared/is-record.ts'
import { readSeeds } from '../../../shared/seeds.ts'
import type { FreezePlan } from '../../../shared/study.ts'

/** A study as it is being written: JSON, valid or not. Paths are keys joined by dots: `task.kinds`, `plans.2.title`. */
export type Content = Readonly<Record<string, unknown>>

export function getIn(value: unknown, path: string): unknown {
  return path === ''
    ? value
    : path
        .split('.')
        .reduce<unknown>(
          (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
          value,
        )
}

/** The content with another value at `path`; undefined takes the key away. What is not on the way stays the same object. */
export function setIn<T>(value: T, path: string, next: unknown): T {
  if (path === '') return next as T
  const [key, ...rest] = path.split('.') as [string, ...string[]]
  const inner = setIn(getIn(value, key), rest.join('.'), next)
  if (Array.isArray(value)) return value.with(Number(key), inner) as T
  const { [key]: _, ...others }: Record<string, unknown> = isRecord(value) ? value : {}
  return (inner === undefined ? others : { ...(isRecord(value) ? value : {}), [key]: inner }) as T
}

/** A grid makes several studies: `tasks` and `models` in place of `task` and `model`. */
export const isGrid = (content: unknown): boolean => isRecord(content) && ('tasks' in content || 'models' in content)

/** The tasks of a grid that read a text, and what they say of where it is. */
export function gridTexts(
  content: Content,
  { tasks: known }: Pick<Catalog, 'tasks'>,
): { at: string; path: unknown; doc: string }[] {
  const { tasks } = content
  if (!Array.isArray(tasks)) return []
  return tasks.flatMap((task: unknown, i) => {
    const part = isRecord(task) ? known.find(({ id, isText }) => isText && id === task.id) : undefined
    return part
      ? [
          {
            at: `tasks.${i}`,
            path: (task as Record<string, unknown>).path,
            doc: part.options.find(({ name }) => name === 'path')?.doc ?? '',
          },
        ]
      : []
  })
}

/** What stands at a path, or what the study gets there when nothing does. */
export function readIn(content: unknown, defaults: unknown, path: string): unknown {
  const own = getIn(content, path)
  return own === undefined ? getIn(defaults, path) : own
}

/** The plans of a content: standard ones by name become whole; what is no plan is left out. */
export function plansOf(
  content: unknown,
  { plans: standard, defaults }: Pick<Catalog, 'plans' | 'defaults'>,
): FreezePlan[] {
  const given = readIn(content, defaults, 'plans')
  if (!Array.isArray(given)) return []
  return given.flatMap((plan: unknown) => {
    if (typeof plan === 'string') return standard.filter(({ id }) => id === plan)
    if (!isRecord(plan) || typeof plan.id !== 'string') return []
    const freeze = Array.isArray(plan.freeze) ? plan.freeze.filter(isRecord) : []
    return [
      {
        id: plan.id,
        ...(typeof plan.title === 'string' ? { title: plan.title } : {}),
        freeze: freeze.map(span => ({ from: 'start', until: 'end', ...span })) as FreezePlan['freeze'],
      },
    ]
  })
}

/** An id like `base`, or `base-2`, that is not among those taken. */
export function freshId(base: string, taken: readonly string[]): string {
  const stem =
    base
      .toLowerCase()
      .normalize('NFKD')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'plan'
  if (!taken.includes(stem)) return stem
  for (let n = 2; ; n++) if (!taken.includes(`${stem}-${n}`)) return `${stem}-${n}`
}

/** Seeds as a person writes them; undefined where they are none. */
export const parseSeeds = (text: string): number[] | undefined => readSeeds(text).seeds

/** `1-5, 9` */
export function writeSeeds(seeds: unknown): string {
  if (typeof seeds === 'number') return seeds > 1 ? `1-${seeds}` : '1'
  if (!Array.isArray(seeds)) return ''
  const parts: string[] = []
  for (let i = 0; i < seeds.length;) {
    let end = i
    while (end + 1 < seeds.length && seeds[end + 1] === (seeds[end] as number) + 1) end++
    parts.push(end > i ? `${seeds[i]}-${seeds[end]}` : String(seeds[i]))
    i = end + 1
  }
  return parts.join(', ')
}
