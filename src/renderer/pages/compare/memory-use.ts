import { groupBy } from '../../../shared/group-by.ts'
import type { MemoryUse } from '../../../shared/contract/index.ts'
import type { Figure, Line } from '../../../figures/figure.ts'
import type { PlanStyle } from '../../../figures/palette.ts'

/** What one run loses with its reading held at the mean. */
export interface RunUse {
  readonly runId: string
  /** ms since 1970: of a run that was trained anew, another. */ readonly endedAt: number | null
  readonly planId: string
  readonly planTitle: string
  readonly seed: number
  readonly use: MemoryUse
}

export const USE_MEASURES = {
  loss: { title: 'Added loss', unit: 'nats per symbol' },
  accuracy: { title: 'Lost accuracy', unit: 'accuracy' },
} as const
export type UseMeasure = keyof typeof USE_MEASURES

type Bin = MemoryUse['bins'][number]
const worth = ({ whole, held }: Bin, measure: UseMeasure): number =>
  measure === 'loss' ? held.loss - whole.loss : whole.accuracy - held.accuracy

/** What the memory is worth to the runs of each plan, by test range: mean over seeds, the seeds faint behind it. */
export function memoryUseFigure(
  runs: readonly RunUse[],
  measure: UseMeasure,
  styleOf: (plan: string) => PlanStyle,
): Figure {
  const bins = runs[0]?.use.bins ?? []
  const x = bins.map((_, i) => i)
  const plans = groupBy(runs, ({ planId }) => planId)
  return {
    id: `memory-use-${measure}`,
    title: `Memory use: ${USE_MEASURES[measure].title.toLowerCase()}`,
    caption:
      'What each run loses when its reading is held at its mean over the test strings (64 of a range where there are more), so that its memory tells it nothing. Mean over seeds; the band reaches from the lowest to the highest seed. 0: the memory is not used; below: it misleads.',
    x: {
      title: 'test range',
      ticks: bins.map(({ name }, at) => ({ at, label: name })),
      min: -0.3,
      max: bins.length - 0.7,
    },
    y: { title: USE_MEASURES[measure].unit, format: measure === 'accuracy' ? 'share' : 'plain' },
    lines: [
      ...[...plans].map(([id, own]) => planLine(own, { id, x, measure, style: styleOf(id) })),
      {
        id: 'none',
        label: 'not used',
        colour: 'limit',
        x: [-0.3, bins.length - 0.7],
        y: [0, 0],
        dash: [2, 3],
        width: 1.5,
      },
    ],
  }
}

function planLine(
  runs: readonly RunUse[],
  { id, x, measure, style }: { id: string; x: readonly number[]; measure: UseMeasure; style: PlanStyle },
): Line {
  const values = runs.map(({ use }) => use.bins.map(bin => worth(bin, measure)))
  const over = (of: (values: number[]) => number): number[] => x.map(i => of(values.map(own => own[i]!)))
  const several = runs.length > 1
  return {
    id,
    label: runs[0]!.planTitle,
    colour: style.slot,
    dash: style.dash,
    marker: style.marker,
    x,
    y: over(all => all.reduce((a, b) => a + b, 0) / all.length),
    ...(several
      ? {
          low: over(all => Math.min(...all)),
          high: over(all => Math.max(...all)),
          members: runs.map(({ seed }, i) => ({ label: `seed ${seed}`, x, y: values[i]! })),
        }
      : {}),
  }
}
