import { expect, it } from 'vitest'
import { driveMemory } from '../testing/drive.ts'
import none from './none.ts'

it('gives the controller nothing and has no weights', () => {
  expect(none.params({ hidden: 4 }, {})).toEqual({})
  expect(driveMemory(none, {}, [[1, 2]], {})).toEqual([
    { state: {}, reading: [] },
    { state: {}, reading: [] },
  ])
})
