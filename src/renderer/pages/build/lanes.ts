import type { FreezePlan, FreezeSpan } from '../../../shared/study.ts'

/** Freeze plans as lanes on a time line: a lane a component, a bar a stretch of epochs in which it is frozen. */

export type From = FreezeSpan['from']
export type Until = FreezeSpan['until']

/** One frozen part of one span. */
export interface Bar {
  readonly span: number
  /** Index in the span's list of parts. */
  readonly part: number
  /** What is frozen: `memory`, `memory.actions`. */
  readonly what: string
  readonly from: From
  readonly until: Until
  /** Epochs, from 0. An end that waits for a plateau has no fixed place: it is drawn where there is room. */
  readonly begins: number
  readonly ends: number
  readonly beginsOnPlateau: boolean
  readonly endsOnPlateau: boolean
}

const partsOf = ({ what }: FreezeSpan): readonly string[] => (typeof what === 'string' ? [what] : what)
export const componentOf = (what: string): string => what.split('.')[0]!

/** Where a span is drawn on a line of `epochs`. */
export function placed(
  { from, until }: Pick<FreezeSpan, 'from' | 'until'>,
  epochs: number,
): Pick<Bar, 'begins' | 'ends' | 'beginsOnPlateau' | 'endsOnPlateau'> {
  const beginsOnPlateau = from !== 'start' && 'plateau' in from
  const latest = until !== 'end' && 'epoch' in until ? until.epoch : epochs
  const begins = from === 'start' ? 0 : 'epoch' in from ? from.epoch : Math.round(Math.min(epochs * 0.4, latest * 0.6))
  const endsOnPlateau = until !== 'end' && 'plateau' in until
  const ends =
    until === 'end'
      ? epochs
      : 'epoch' in until
        ? until.epoch
        : 'epochs' in until
          ? begins + until.epochs
          : Math.round(begins + Math.max(1, (epochs - begins) * 0.5))
  return {
    begins: Math.min(begins, epochs),
    ends: Math.max(Math.min(ends, epochs), Math.min(begins, epochs)),
    beginsOnPlateau,
    endsOnPlateau,
  }
}

/** The bars of a component's lane, in the order of the plan. */
export function barsOf(plan: FreezePlan, component: string, epochs: number): Bar[] {
  return plan.freeze.flatMap((span, index) =>
    partsOf(span).flatMap((what, part) =>
      componentOf(what) === component
        ? [{ span: index, part, what, from: span.from, until: span.until, ...placed(span, epochs) }]
        : [],
    ),
  )
}

export interface Lane {
  /** What is frozen by drawing on it: `memory`, `memory.actions`. */
  readonly what: string
  readonly component: string
  /** Parameter groups that the component's lane unfolds into; none for a group's own lane. */
  readonly groups: readonly string[]
  readonly isOpen: boolean
  readonly bars: readonly Bar[]
  /** A group's: the bars of its whole component, which freeze it too. */
  readonly inherited: readonly Bar[]
}

/**
 * A lane a component, in their order; those of its groups follow where it is unfolded. A bar stands in the lane of the group that it names
 * or is a part of, where that has one, or else in its component's.
 * @param groups what can be named within components: `memory.actions`
 */
export function lanesOf(
  plan: FreezePlan,
  {
    components,
    groups,
    open,
    epochs,
  }: { components: readonly string[]; groups: readonly string[]; open: ReadonlySet<string>; epochs: number },
): Lane[] {
  return components.flatMap((component): Lane[] => {
    const own = groups.filter(group => group !== component && componentOf(group) === component)
    const parts = own.length > 1 ? own : []
    const isOpen = open.has(component) && parts.length > 0
    const all = barsOf(plan, component, epochs)
    if (!isOpen) return [{ what: component, component, groups: parts, isOpen, bars: all, inherited: [] }]
    const within = (group: string, { what }: Bar): boolean => what === group || what.startsWith(`${group}.`)
    const whole = all.filter(bar => !parts.some(group => within(group, bar)))
    return [
      { what: component, component, groups: parts, isOpen, bars: whole, inherited: [] },
      ...parts.map((group): Lane => ({
        what: group,
        component,
        groups: [],
        isOpen: false,
        bars: all.filter(bar => within(group, bar)),
        inherited: whole.filter(({ what }) => what === component),
      })),
    ]
  })
}

/** Components that a plan names besides those of the model. */
export const componentsNamed = (plans: readonly FreezePlan[]): string[] => [
  ...new Set(plans.flatMap(({ freeze }) => freeze.flatMap(span => partsOf(span).map(componentOf)))),
]

/** An epoch under the pointer as the plan writes it: the line's ends are `start` and `end`. */
export const fromAt = (epoch: number): From => (epoch <= 0 ? 'start' : { epoch })
export const untilAt = (epoch: number, epochs: number): Until => (epoch >= epochs ? 'end' : { epoch })

const whole = (parts: readonly string[]): FreezeSpan['what'] => (parts.length === 1 ? parts[0]! : [...parts])

export function withSpan(plan: FreezePlan, span: FreezeSpan): FreezePlan {
  return { ...plan, freeze: [...plan.freeze, span] }
}

/** Changes one bar; the other parts of its span stay as they are. */
export function withBar(
  plan: FreezePlan,
  { span: index, part, what }: Bar,
  change: Partial<Pick<Bar, 'what' | 'from' | 'until'>>,
): FreezePlan {
  const span = plan.freeze[index]!
  const changed: FreezeSpan = {
    what: change.what ?? what,
    from: change.from ?? span.from,
    until: change.until ?? span.until,
  }
  const rest = partsOf(span).filter((_, i) => i !== part)
  if (rest.length === 0) return { ...plan, freeze: plan.freeze.with(index, changed) }
  return { ...plan, freeze: plan.freeze.toSpliced(index, 1, { ...span, what: whole(rest) }, changed) }
}

export function withoutBar(plan: FreezePlan, { span: index, part }: Bar): FreezePlan {
  const span = plan.freeze[index]!
  const rest = partsOf(span).filter((_, i) => i !== part)
  return {
    ...plan,
    freeze:
      rest.length === 0 ? plan.freeze.toSpliced(index, 1) : plan.freeze.with(index, { ...span, what: whole(rest) }),
  }
}

export type Grip = 'whole' | 'begins' | 'ends'

/** The bar after its grip was moved by `by` epochs: never past the line's ends, never shorter than an epoch. */
export function moved(
  { begins, ends, from, until }: Bar,
  grip: Grip,
  by: number,
  epochs: number,
): Pick<Bar, 'from' | 'until'> {
  if (grip === 'begins')
    return {
      from: fromAt(clamp(begins + by, 0, ends - 1)),
      until: until !== 'end' && 'epochs' in until ? untilAt(ends, epochs) : until,
    }
  if (grip === 'ends') return { from, until: untilAt(clamp(ends + by, begins + 1, epochs), epochs) }
  const shift = clamp(by, -begins, epochs - ends)
  return {
    from: fromAt(begins + shift),
    until: until !== 'end' && 'epochs' in until ? until : untilAt(ends + shift, epochs),
  }
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value))

/** What a bar means, in words: `memory frozen from the start to the end`. */
export function barWords({ what, from, until }: Pick<Bar, 'what' | 'from' | 'until'>): string {
  const begin =
    from === 'start'
      ? 'from the start'
      : 'epoch' in from
        ? `from epoch ${from.epoch}`
        : `once the validation loss stalls for ${epochsIn(from.plateau)}`
  const end =
    until === 'end'
      ? 'to the end'
      : 'epoch' in until
        ? `to epoch ${until.epoch}`
        : 'epochs' in until
          ? `for ${epochsIn(until.epochs)}`
          : `until it stalls for ${epochsIn(until.plateau)}`
  return `${what} frozen ${begin} ${end}`
}

const epochsIn = (n: number): string => (n === 1 ? '1 epoch' : `${n} epochs`)

/** What a plan freezes, in a line. */
export function planWords({ freeze }: FreezePlan): string {
  if (freeze.length === 0) return 'Everything is trained'
  return freeze
    .map(({ what, from, until }) => barWords({ what: typeof what === 'string' ? what : what.join(', '), from, until }))
    .join('; ')
}

/** Round distances between the marks of a line of `epochs`, at most some ten of them. */
export function epochMarks(epochs: number): number[] {
  const step =
    [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000].find(step => epochs / step <= 8) ?? Math.ceil(epochs / 8)
  return Array.from({ length: Math.floor(epochs / step) + 1 }, (_, i) => i * step)
}

/** Bars that overlap get rows of their own. @returns the row of each, from 0 */
export function rowsOf(bars: readonly Pick<Bar, 'begins' | 'ends'>[]): number[] {
  const ends: number[] = []
  return bars.map(({ begins, ends: end }) => {
    const free = ends.findIndex(last => last <= begins)
    const row = free < 0 ? ends.length : free
    ends[row] = end
    return row
  })
}
