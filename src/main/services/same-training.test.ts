import { describe, expect, it } from 'vitest'
import { parseStudy } from '../../shared/study.ts'
import { twinsOf } from './same-training.ts'

const study = (change: object) => parseStudy({ name: 'S', task: { id: 'marked-reversal' }, ...change })

describe('twinsOf', () => {
  it('finds the standard plans that are the same training, with and without a memory', () => {
    expect([...twinsOf(study({}))]).toEqual([
      ['frozen-memory', 'full'],
      ['classifier-only', 'frozen-controller'],
    ])
    expect([...twinsOf(study({ model: { memory: { id: 'superposition-stack' } } }))]).toEqual([])
  })

  it('needs no text, and says nothing of a memory that it does not know', () => {
    const task = { id: 'text', path: '/not/there' }
    expect([...twinsOf(study({ task }))]).toEqual([['frozen-memory', 'full']])
    expect([...twinsOf(study({ model: { memory: { id: 'of-tomorrow' } } }))]).toEqual([])
  })
})
