import { describe, expect, it } from 'vitest'
import { tasks } from '../../engine/tasks/index.ts'
import { drawnOtherwise } from './drawn-otherwise.ts'

describe('drawnOtherwise', () => {
  it('speaks of the tasks whose strings the released code draws otherwise, and of no other', () => {
    expect(Object.keys(tasks).filter(id => drawnOtherwise({ id }) !== null)).toEqual(['dyck', 'padded-reversal'])
    expect(drawnOtherwise({ id: 'dyck', distribution: 'released' })).toBeNull()
    expect(drawnOtherwise({ id: 'of-tomorrow' })).toBeNull()
  })
})
