import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A study that is trained in a second: two plans, two seeds. */
export const SMALL = {
  name: 'Small',
  task: { id: 'marked-reversal' },
  model: { controller: { id: 'lstm', units: 5 }, memory: { id: 'superposition-stack', widths: [3] } },
  plans: ['full', 'frozen-memory'],
  seeds: 2,
  data: { train: { strings: 100, lengths: [3, 9] }, validation: { strings: 20, lengths: [3, 9] } },
  evaluation: {
    bins: [
      { name: 'short', lengths: [3, 9], perLength: 5 },
      { name: 'long', lengths: [11, 19], perLength: 3 },
    ],
  },
  training: { batch: 10, epochs: 4, learningRate: 0.01, earlyStop: null },
}

/** The same with so many epochs that it takes several seconds. */
export const LONG = {
  ...SMALL,
  name: 'Long',
  data: { ...SMALL.data, train: { strings: 400, lengths: [9, 25] } },
  training: { ...SMALL.training, epochs: 60 },
}

/** Writes a study file. @returns its path */
export function studyFile(folder: string, content: unknown, name = 'study.json'): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
