import type { Language } from '../tasks/task.ts'

const MARK = 2

/** w # w over bits, for tests of what is around a language: strings of length 2n + 1, uniform in w. */
export const markedCopy: Language = {
  symbols: ['0', '1', '#'],
  valid: length => length % 2 === 1,
  sample(chance, length) {
    const word = Array.from({ length: (length - 1) / 2 }, () => chance.integer(2))
    return [...word, MARK, ...word]
  },
  accepts(string) {
    const half = halfOf(string)
    return (
      Number.isInteger(half) &&
      string[half] === MARK &&
      string.slice(0, half).every((bit, i) => bit < MARK && bit === string[half + 1 + i])
    )
  },
  logProbability: string => (markedCopy.accepts(string) ? -halfOf(string) * Math.LN2 : -Infinity),
  trivialCorrect: halfOf,
}

function halfOf(string: readonly number[]): number {
  return (string.length - 1) / 2
}
