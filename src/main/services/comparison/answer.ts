import { fails, type Answer, type AnswerCell, type AnswerRange, type Standing } from '../../../shared/answer.ts'
import { MEASURES, type BinSummary, type Contrast, type PlanSummary } from '../../../shared/comparison.ts'
import { countText, figureText, listText, rangeName } from '../../../shared/number-format.ts'
import type { Trained } from './stability.ts'
import type { Stand } from './standing.ts'

/** What the answer is made from. */
export interface Found {
  readonly plans: readonly PlanSummary[]
  readonly reference: string | null
  readonly bins: readonly Pick<BinSummary, 'name' | 'lengths'>[]
  readonly training: Trained
  /** A plan's standing on a bin. */
  readonly standing: (plan: string, bin: string) => Stand
  readonly contrasts: readonly Contrast[]
}

/** What was found, before any figure: where each plan stands on each range, in words and as a matrix, and which differences are shown. */
export function answerOf(found: Found): Answer {
  const plans = found.plans.filter(({ seeds }) => seeds.length > 0)
  const cells = plans.flatMap(({ id }) =>
    found.bins.map(({ name }): AnswerCell => {
      const { seedsAtFloor: _, ...stand } = found.standing(id, name)
      return { plan: id, range: name, ...stand }
    }),
  )
  const story = new Story(found, plans, cells)
  return {
    headline: story.headline(),
    scale: story.scale,
    plans: plans.map(({ id, title, sameAs }) => ({ id, title, sameAs })),
    ranges: plans.length === 0 ? [] : found.bins.map((_, i) => story.range(i)),
    cells,
  }
}

/** A group of plans that do alike on a range, from the best. */
type Group = 'ceiling' | 'close' | 'part' | 'half' | 'floor' | 'below' | 'diverged' | 'unknown'
const GROUPS: readonly Group[] = ['ceiling', 'close', 'part', 'half', 'floor', 'below', 'diverged', 'unknown']

/** An interval from here up is called close to the optimum. */
const CLOSE = 0.8
const HALF = 0.5

function groupOf({ standing, skill, interval }: AnswerCell): Group {
  if (standing !== 'between' || skill === null) return standing === 'between' ? 'unknown' : standing
  const low = typeof interval?.low === 'number' ? interval.low : skill
  return low >= CLOSE ? 'close' : skill >= HALF ? 'part' : 'half'
}

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
const inWords = (n: number): string => NUMBERS[n] ?? String(n)

class Story {
  readonly scale: Answer['scale']
  readonly #found: Found
  readonly #plans: readonly PlanSummary[]
  readonly #cells: readonly AnswerCell[]
  readonly #isText: boolean

  constructor(found: Found, plans: readonly PlanSummary[], cells: readonly AnswerCell[]) {
    this.#found = found
    this.#plans = plans
    this.#cells = cells
    this.#isText = found.training.isText
    this.scale = this.#isText
      ? { title: 'Nats saved', zero: 'the unigram model', one: 'every nat saved; how many can be is not known' }
      : { title: 'Skill', zero: 'guessing', one: 'optimal' }
  }

  headline(): string {
    const { reference, bins } = this.#found
    if (this.#plans.length === 0) return 'No run counts yet.'
    const runs = this.#plans.reduce((sum, { seeds }) => sum + seeds.length, 0)
    if (this.#plans.every(({ seeds, diverged }) => diverged.length === seeds.length))
      return `${runs === 1 ? 'The only run' : `All ${runs} runs`} diverged: there is nothing to compare.`
    const sentences = [this.#learnt(), this.#referenceAtFloor(), this.#verdict(), this.#diverged()].filter(
      text => text !== '',
    )
    if (bins.length > 0 && this.#everywhere('unknown'))
      sentences.unshift('No floor is known here, so that nobody can be placed.')
    if (reference === null) sentences.push('There is no plan without frozen parts to compare with.')
    if (this.#plans.some(({ seeds }) => seeds.length === 1)) sentences.push('One seed says nothing of others.')
    return sentences.join(' ')
  }

  range(i: number): AnswerRange {
    const { name, lengths } = this.#found.bins[i]!
    const [lead, rest] = this.#sentence(name)
    const stop = this.#stop()
    const reading = stop === -1 || i < stop ? 'read' : i === stop ? 'stops' : 'beyond'
    return {
      name,
      title: rangeName(name),
      lengths: [lengths[0], lengths[1]],
      relation: this.#isText ? '' : relationTo(this.#found.training.lengths, lengths),
      lead,
      rest,
      reading,
      note: this.#note(reading, stop),
    }
  }

  /** The first range, from the shortest, on which the reference is at the floor; -1 for none. */
  #stop(): number {
    const { bins, reference } = this.#found
    return reference === null
      ? -1
      : bins.findIndex(({ name }) => fails(this.#cell(reference, name)?.standing ?? 'unknown'))
  }

  #note(reading: AnswerRange['reading'], stop: number): string {
    const { bins, reference } = this.#found
    const title = reference === null ? '' : this.#title(reference)
    if (reading === 'read') return ''
    if (reading === 'stops') return `${title} is at the floor here: the reading stops`
    return `${title} is at the floor from ${rangeName(bins[stop]!.name)} on: not reached`
  }

  #cell(plan: string, range: string): AnswerCell | undefined {
    return this.#cells.find(cell => cell.plan === plan && cell.range === range)
  }

  #title(plan: string): string {
    return this.#plans.find(({ id }) => id === plan)?.title ?? plan
  }

  #everywhere(standing: Standing): boolean {
    return this.#cells.every(cell => cell.standing === standing)
  }

  /** Who learns the shortest range, and how far it carries. */
  #learnt(): string {
    const [first, ...longer] = this.#found.bins
    if (!first || this.#everywhere('unknown')) return ''
    const above = this.#above(first.name)
    const on = rangeName(first.name)
    if (above.length === 0)
      return `${this.#beats('Nobody', false)} on ${on}, the shortest: who fails less is no answer.`
    const what =
      !this.#isText && relationTo(this.#found.training.lengths, first.lengths) === 'trained on'
        ? 'the trained lengths'
        : on
    const learn = this.#isText
      ? this.#beats('', above.length > 1).trim() + ` on ${on}`
      : `${above.length > 1 ? 'learn' : 'learns'} ${what}`
    const head = `${this.#names(above)} ${learn}`
    const lost = longer.find(({ name }) => this.#above(name).length === 0)
    if (lost) return `${head}; nobody carries it to ${rangeName(lost.name)}.`
    const last = longer.at(-1)
    if (!last) return `${head}.`
    const far = this.#above(last.name)
    const who =
      far.length === above.length && far.every(plan => above.includes(plan))
        ? far.length > 1
          ? 'all of them'
          : 'it'
        : this.#names(far)
    if (who === 'it') return `${head} and carries it to ${rangeName(last.name)}.`
    return `${head}; ${who} ${far.length > 1 ? 'carry' : 'carries'} it to ${rangeName(last.name)}.`
  }

  #beats(subject: string, plural: boolean): string {
    return `${subject} ${plural ? 'beat' : 'beats'} ${this.scale.zero}`
  }

  #referenceAtFloor(): string {
    const { bins, reference } = this.#found
    const stop = this.#stop()
    if (reference === null || stop === -1 || this.#everywhere('unknown')) return ''
    const range = bins[stop]!
    const title = this.#title(reference)
    return `${title} ${this.#cell(reference, range.name)!.standing === 'diverged' ? 'diverged' : `is at the floor ${stop < bins.length - 1 ? 'from' : 'on'} ${rangeName(range.name)}${stop < bins.length - 1 ? ' on' : ''}`}.`
  }

  /** Which differences are shown; whose plans train the same is not a difference to show. */
  #verdict(): string {
    const { contrasts, reference } = this.#found
    if (reference === null) return ''
    const own = contrasts.filter(({ plan }) => !this.#isTwin(plan))
    const shown = (['better', 'worse'] as const).flatMap(outcome => this.#shown(own, outcome))
    if (shown.length > 0) return shown.join(' ')
    const open = own.filter(({ verdict }) => verdict.outcome === 'open')
    const same = own.length > 0 && own.every(({ verdict }) => verdict.outcome === 'same')
    if (same)
      return `${this.#names([...new Set(own.map(({ plan }) => plan))])} did exactly as ${this.#title(reference)}.`
    if (open.length === 0) return ''
    const pairs = Math.max(...open.map(one => one.pairs.length))
    return `That a plan differs from ${this.#title(reference)} is not shown (${countText(pairs, 'paired seed')}).`
  }

  #isTwin(plan: string): boolean {
    return (this.#plans.find(({ id }) => id === plan)?.sameAs ?? null) !== null
  }

  #shown(contrasts: readonly Contrast[], outcome: 'better' | 'worse'): string[] {
    const places = new Map<string, string[]>()
    for (const { plan, target, verdict } of contrasts) {
      if (verdict.outcome !== outcome) continue
      const where = target.bin === null ? `in ${MEASURES[target.measure].title}` : rangeName(target.bin)
      places.set(plan, [...(places.get(plan) ?? []), where])
    }
    const byPlace = new Map<string, string[]>()
    for (const [plan, where] of places)
      byPlace.set(placesText(where), [...(byPlace.get(placesText(where)) ?? []), plan])
    return [...byPlace].map(
      ([where, plans]) =>
        `${this.#names(plans)} ${plans.length > 1 ? 'are' : 'is'} ${outcome} than ${this.#title(this.#found.reference!)} ${where}.`,
    )
  }

  #above(range: string): string[] {
    return this.#cells
      .filter(cell => cell.range === range && (cell.standing === 'ceiling' || cell.standing === 'between'))
      .map(({ plan }) => plan)
  }

  /** Their titles, or how many there are where that is all of them. */
  #names(plans: readonly string[]): string {
    if (plans.length > 2 && plans.length === this.#plans.length) return `All ${inWords(plans.length)}`
    if (plans.length > 4) return `${plans.length} of ${this.#plans.length} plans`
    return listText(plans.map(plan => this.#title(plan)))
  }

  /** The weightier half, and the rest with the figures. */
  #sentence(range: string): [lead: string, rest: string] {
    const here = this.#cells.filter(cell => cell.range === range)
    const groups = GROUPS.map(group => ({ group, cells: here.filter(cell => groupOf(cell) === group) })).filter(
      ({ cells }) => cells.length > 0,
    )
    const failing = groups.every(({ group }) => group === 'floor' || group === 'below')
    if (failing && here.length > 1) {
      const below = groups.find(({ group }) => group === 'below')?.cells ?? []
      const clause =
        below.length === 0 ? '' : `, and ${this.#clause('below', below, this.#names(below.map(({ plan }) => plan)))}`
      return [this.#beats('Nobody', false), `${clause.replace(SKILL, '')}.`]
    }
    const clauses = groups.map(({ group, cells }, i) => {
      const last = i > 0 && i === groups.length - 1 && cells.length > 1
      const subject = last ? `the other ${inWords(cells.length)}` : this.#names(cells.map(({ plan }) => plan))
      return this.#clause(group, cells, subject).split(SKILL)
    })
    const [[lead = '', figures = ''] = [], ...others] = clauses
    const rest = others.map(parts => `; ${parts.join('')}`).join('')
    return [lead, `${figures}${rest}.`]
  }

  #clause(group: Group, cells: readonly AnswerCell[], subject: string): string {
    const many = cells.length > 1
    const skills = listText(cells.map(({ skill }) => figureText(skill, 2)))
    const figures = `${SKILL}, ${this.#isText ? 'saving' : 'skill'} ${skills}${this.#isText ? ' of its nats' : ''}`
    const zero = this.scale.zero
    const unclear = cells.some(({ skill }) => (skill ?? 0) >= 0.1)
    if (this.#isText && ['ceiling', 'close', 'part', 'half'].includes(group))
      return `${this.#beats(subject, many)}${figures}`
    switch (group) {
      case 'ceiling':
        return `${subject} ${many ? 'reach' : 'reaches'} the optimum${figures}`
      case 'close':
        return `${subject} ${many ? 'come' : 'comes'} close to the optimum${figures}`
      case 'part':
        return `${subject} ${many ? 'get' : 'gets'} part of the way${figures}`
      case 'half':
        return `${subject} ${many ? 'stay' : 'stays'} under half of the way${figures}`
      case 'floor':
        return unclear
          ? `${subject} ${many ? 'are' : 'is'} not clearly above ${zero}`
          : `${subject} ${many ? 'do' : 'does'} not beat ${zero}`
      case 'below':
        return `${subject} ${many ? 'are' : 'is'} worse than ${zero}: confidently wrong${figures}`
      case 'diverged':
        return `${subject} diverged`
      case 'unknown':
        return `${subject} cannot be placed`
    }
  }

  /** "Memory frozen diverged on 1 of 6 seeds." Of plans that diverged throughout the ranges tell. */
  #diverged(): string {
    return this.#plans
      .filter(({ seeds, diverged }) => diverged.length > 0 && diverged.length < seeds.length)
      .map(({ title, seeds, diverged }) => `${title} diverged on ${diverged.length} of ${seeds.length} seeds.`)
      .join(' ')
  }
}

/** "on 10–40 and 41–80", "in retention", "on 10–40, and in retention". */
function placesText(places: readonly string[]): string {
  const ranges = places.filter(place => !place.startsWith('in '))
  const others = places.filter(place => place.startsWith('in '))
  return [ranges.length > 0 ? [`on ${listText(ranges)}`] : [], others].flat().join(', and ')
}

/** Between a clause's words and its figures. */
const SKILL = '\u0000'

/** How a range's longest string stands to the longest that was trained on. */
function relationTo([, longest]: readonly [number, number], [, high]: readonly [number, number]): string {
  if (high <= longest) return 'trained on'
  const times = high / longest
  const whole = Math.round(times)
  if (whole < 2 || Math.abs(times - whole) > 0.03 * whole) return `up to ${figureText(times, 1)} times as long`
  return whole === 2 ? 'twice as long' : `${whole <= 10 ? inWords(whole) : whole} times as long`
}
