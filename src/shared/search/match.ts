import type { RunRow } from '../contract/runs.ts'
import type { Condition, Operator, Term } from './parse.ts'

/** What a search means: whether a run has everything it asks for. */
export function matcher(terms: readonly Term[]): (run: RunRow) => boolean {
  const tests = terms.map(({ condition, negated }) => {
    const test = tester(condition)
    return negated ? (run: RunRow) => !test(run) : test
  })
  return run => tests.every(test => test(run))
}

/** Whether a search says itself what is to become of archived runs. */
export const namesArchived = (terms: readonly Term[]): boolean =>
  terms.some(({ condition }) => condition.kind === 'flag' && condition.field.name === 'archived')

function tester(condition: Condition): (run: RunRow) => boolean {
  switch (condition.kind) {
    case 'anywhere': {
      const text = condition.text.toLowerCase()
      return ({ id, studyName, planTitle, note, tags }) =>
        [id, studyName, planTitle, note, ...tags].some(part => part.toLowerCase().includes(text))
    }
    case 'name': {
      const patterns = condition.values.map(globbed)
      return run => condition.field.of(run).some(name => patterns.some(matches => matches(name.toLowerCase())))
    }
    case 'text': {
      const text = condition.text.toLowerCase()
      return run => condition.field.of(run).toLowerCase().includes(text)
    }
    case 'compare':
      return run => {
        const value = condition.field.of(run)
        return value !== null && COMPARE[condition.operator](value, condition.value)
      }
    case 'range':
      return run => {
        const value = condition.field.of(run)
        return value !== null && value >= condition.low && value <= condition.high
      }
    case 'flag':
      return condition.field.of
  }
}

const COMPARE: Readonly<Record<Operator, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
}

/** `*` stands for anything. Without a regular expression, so that no pattern takes long. */
function globbed(value: string): (name: string) => boolean {
  const parts = value.toLowerCase().split('*')
  if (parts.length === 1) return name => name === parts[0]
  const [first, last] = [parts[0]!, parts.at(-1)!]
  return name => {
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false
    let at = first.length
    for (const part of parts.slice(1, -1)) {
      const found = name.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= name.length - last.length
  }
}
