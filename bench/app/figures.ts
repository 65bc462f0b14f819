/** What was measured, and what of it has a goal. */

export type Unit = 'ms' | '%' | 'frames/s'

export interface Figure {
  readonly scene: string
  readonly title: string
  readonly unit: Unit
  readonly median: number
  /** The slowest, or least, of all. */
  readonly worst: number
  readonly samples: number
  readonly goal: Goal | null
  /** What is counted, where the title does not say. */
  readonly note?: string
}

/** `most` of a duration or share, `least` of a rate. */
export type Goal = { readonly most: number } | { readonly least: number }

export interface Judged {
  readonly title: string
  readonly figure: string
  readonly met: boolean
}

const meets = (value: number, goal: Goal): boolean => ('most' in goal ? value < goal.most : value >= goal.least)

/** A goal is met where the median meets it; the worst stands beside it. */
export function judge(figures: readonly Figure[]): Judged[] {
  return figures.flatMap(({ scene, title, unit, median, worst, goal }) =>
    goal === null
      ? []
      : [
          {
            title: `${scene}: ${title}: ${'most' in goal ? `less than ${goal.most}` : `at least ${goal.least}`} ${unit}`,
            figure: `${shown(median)} ${unit} (${shown(worst)})`,
            met: meets(median, goal),
          },
        ],
  )
}

/** What was measured of some scenes in the place of what earlier runs had of them, in the order of the earlier; other scenes stay. */
export function mergedFigures(before: readonly Figure[], measured: readonly Figure[]): Figure[] {
  const scenes = [...new Set([...before, ...measured].map(({ scene }) => scene))]
  return scenes.flatMap(scene => {
    const newest = measured.filter(figure => figure.scene === scene)
    return newest.length > 0 ? newest : before.filter(figure => figure.scene === scene)
  })
}

export const shown = (value: number): string => value.toFixed(Math.abs(value) < 10 ? 2 : 1)

/** Of equally many milliseconds each. @param work gives the milliseconds that it took */
export async function repeated(times: number, work: () => Promise<number>): Promise<number[]> {
  await work()
  const found: number[] = []
  for (let i = 0; i < times; i++) found.push(await work())
  return found
}

export function figure(
  scene: string,
  title: string,
  values: readonly number[],
  goal: Goal | null,
  { unit = 'ms' as Unit, note = undefined as string | undefined } = {},
): Figure {
  const sorted = [...values].sort((a, b) => a - b)
  const worst = goal !== null && 'least' in goal ? sorted[0]! : sorted.at(-1)!
  return {
    scene,
    title,
    unit,
    median: medianOf(sorted),
    worst,
    samples: sorted.length,
    goal,
    ...(note === undefined ? {} : { note }),
  }
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
