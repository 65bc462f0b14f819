import { describe, expect, it } from 'vitest'
import type { ComparedRun } from './input.ts'
import { arithmeticNotes } from './notes.ts'

describe('runs whose devices did not round alike', () => {
  const notesOf = (...arithmetic: ComparedRun['arithmetic'][]): string[] =>
    arithmeticNotes(arithmetic.map(own => ({ arithmetic: own })))

  it('are told', () => {
    expect(notesOf('fused', 'unfused', 'unfused')).toEqual([expect.stringContaining('1 run fused and 2 runs unfused')])
    expect(notesOf('fused', 'mixed')).toEqual([expect.stringContaining('1 run partly the one')])
  })

  it('are not made up', () => {
    expect(notesOf('fused', 'fused', null, undefined)).toEqual([])
    expect(notesOf('unfused', 'unfused')).toEqual([])
  })
})
