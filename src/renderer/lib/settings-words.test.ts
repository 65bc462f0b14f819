import { expect, it } from 'vitest'
import { settingName, settingValue } from './settings-words.ts'

it('names settings as the form does', () => {
  expect(
    ['training.learningRate', 'plan', 'model.memory.depth', 'training.clipNorm.logUniform', 'task.minLength'].map(
      settingName,
    ),
  ).toEqual(['Learning rate', 'Frozen', 'Memory: depth', 'Clip norm', 'Task: min length'])
})

it.each([
  [null, '–'],
  [true, 'yes'],
  [0.01, '0.01'],
  ['lstm', 'lstm'],
  [[10, 40], '10–40'],
  [[], 'nothing'],
  [[{ what: 'memory', from: 'start', until: 'end' }], 'memory'],
  [
    [{ what: ['embedding', 'memory'], from: { epoch: 3 }, until: { plateau: 2 } }],
    'embedding and memory from epoch 3 until the loss stalls for 2 epochs',
  ],
  [{ logUniform: [0.0005, 0.01] }, 'by seed, 0.0005 to 0.01'],
  [
    [
      { name: '10-40', lengths: [10, 40], perLength: 5 },
      { name: 'long', lengths: [41, 80], perLength: 5 },
    ],
    '10–40; 41–80',
  ],
  [{ patience: 10 }, 'patience 10'],
  [['full', 'frozen-memory'], 'full; frozen-memory'],
])('writes %j as %s', (value, text) => {
  expect(settingValue(value)).toBe(text)
})
