import { canonical } from './digests.ts'

/** Studies of a few hundred steps in all: every controller, memory and optimizer, kinds of freeze plans, and a text. */
export function trainedStudies(textPath: string): object[] {
  const data = { train: { strings: 40, lengths: [3, 9] }, validation: { strings: 10, lengths: [3, 9] } }
  const evaluation = { bins: [{ name: 'long', lengths: [11, 13], perLength: 2 }] }
  const training = { batch: 10, epochs: 3, learningRate: 0.02, snapshots: 0, earlyStop: null }
  const common = { seeds: [1], data, evaluation }
  const task = { id: 'marked-reversal' }
  const memories = [
    { id: 'none' },
    { id: 'nondeterministic-stack', states: 2, alphabet: 2 },
    { id: 'normalised-nondeterministic-stack', states: 2, alphabet: 2 },
    { id: 'stratification-stack', width: 2 },
    { id: 'superposition-stack', widths: [2] },
    { id: 'superposition-stack', push: 'hidden' },
    { id: 'vector-nondeterministic-stack', states: 1, alphabet: 2, width: 2 },
  ]
  const stack = { id: 'superposition-stack', widths: [3] }
  const model = { controller: { id: 'lstm', units: 5 }, memory: stack }
  const plans = [
    'frozen-memory',
    'frozen-controller',
    'classifier-only',
    {
      id: 'spans',
      freeze: [
        { what: 'memory', from: { epoch: 1 }, until: { epochs: 1 } },
        { what: 'controller.hidden.bias', from: { plateau: 1 } },
      ],
    },
  ]
  const text = { id: 'text', path: textPath, vocabulary: 20 }
  return [
    ...memories.map(memory => ({
      name: canonical(memory),
      task,
      model: { ...model, memory },
      plans: ['full'],
      ...common,
      training,
    })),
    ...['elman', 'gru'].map(id => ({
      name: id,
      task,
      model: { controller: { id, units: 5, layers: 2 }, memory: stack },
      plans: ['full'],
      ...common,
      training,
    })),
    ...['sgd', 'momentum', 'rmsprop', 'adam'].map(id => ({
      name: id,
      task: { id: 'marked-copy' },
      model,
      plans: ['full'],
      ...common,
      training: { ...training, optimizer: { id } },
    })),
    { name: 'freezing', task, model, plans, ...common, training: { ...training, decay: { factor: 0.5, patience: 0 } } },
    {
      name: 'embedding and dropout',
      task,
      model: { ...model, embedding: { tied: true }, dropout: 0.2, initial: 0.1 },
      plans: ['full'],
      ...common,
      training,
    },
    {
      name: 'text',
      task: text,
      model: { ...model, memory: { ...stack, depth: 4 }, dropout: 0.2 },
      plans: ['full', 'frozen-memory'],
      seeds: [1],
      training: { batch: 8, steps: 10, epochs: 2, learningRate: 1, snapshots: 0 },
    },
  ]
}
