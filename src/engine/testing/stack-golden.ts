import { expect } from 'vitest'

/** The study's scores for five steps of an automaton with two states and two symbols. */
export const studyScores: readonly (readonly number[])[] = Array.from({ length: 5 }, (_, step) =>
  Array.from({ length: 40 }, (_, k) => Math.sin(0.7 * (step + 1) + 1.3 * k)),
)

/** Published to six digits. */
export function close(found: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void {
  expect(found.map(row => row.length)).toEqual(expected.map(row => row.length))
  expected.forEach((row, step) =>
    row.forEach((value, k) =>
      expect(Math.abs(found[step]![k]! - value), `${step}, ${k}: ${found[step]![k]} for ${value}`).toBeLessThan(1e-6),
    ),
  )
}
