import { expect, it } from 'vitest'
import { modelOf } from '../services/check-study.ts'
import { parseStudy } from '../../shared/study.ts'
import { languageFor } from './languages.ts'
import { spaceOf } from './space.ts'
import { workOf } from './work.ts'

const spaceWith = (change: object) => {
  const study = parseStudy({
    name: 'S',
    task: { id: 'marked-reversal' },
    model: { controller: { id: 'lstm', units: 4 } },
    data: { train: { strings: 10, lengths: [5, 15] }, validation: { strings: 5, lengths: [5, 15] } },
    evaluation: { bins: [{ name: 'a', lengths: [5, 25], perLength: 1 }] },
    training: { epochs: 3, snapshots: 0 },
    ...change,
  })
  return spaceOf(study, modelOf(study), workOf(study, languageFor(study.task)))
}

it('counts the weights that are kept on the disk, and the strings and states that are kept in memory', () => {
  const training = { epochs: 3, snapshots: 0 }
  const one = spaceWith({})
  const study = parseStudy({
    name: 'S',
    task: { id: 'marked-reversal' },
    model: { controller: { id: 'lstm', units: 4 } },
  })
  const bytes = 4 * modelOf(study).parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
  // Adam: weights and two slots in the last checkpoint, weights in the best one.
  expect(one.disk).toBe(4 * bytes + 3 * 600 + 60_000)
  expect(spaceWith({ training: { ...training, optimizer: { id: 'sgd' } } }).disk).toBe(one.disk - 2 * bytes)
  expect(spaceWith({ training: { ...training, snapshots: 7 } }).disk).toBe(one.disk + 7 * bytes)
  const more = spaceWith({
    data: { train: { strings: 1010, lengths: [5, 15] }, validation: { strings: 5, lengths: [5, 15] } },
  })
  expect(more.memory - one.memory).toBe(4 * 1000 * 10)
})
