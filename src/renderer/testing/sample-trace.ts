import type { Trace } from '../../shared/contract/index.ts'

/** A model on the string `0 # 0`: three symbols, one stack of two units; its first guess is wrong. */
export function sampleTrace(): Trace {
  const rows = (...values: number[][]): Float32Array => Float32Array.from(values.flat())
  return {
    runId: 'study.full.1',
    weights: 'best',
    epoch: 12,
    symbolNames: ['0', '1', '#'],
    symbols: Int32Array.of(0, 2, 0),
    inLanguage: true,
    probabilities: rows([0.4, 0.5, 0.05, 0.05], [0.1, 0.1, 0.7, 0.1], [0.7, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.7]),
    nats: Float64Array.of(0.916, 0.357, 0.357, 0.357),
    stack: { kind: 'superposition', actions: 'memory.actions', cells: 'memory.cells', widths: [2] },
    tensors: [
      {
        name: 'controller.hidden',
        shape: [4, 2],
        rows: null,
        labels: null,
        data: rows([0, 0], [0.5, -0.5], [0.2, 0.1], [-0.9, 0.3]),
        lengths: null,
      },
      {
        name: 'controller.inputGate',
        shape: [4, 2],
        rows: null,
        labels: null,
        data: rows([0, 0], [0.5, 0.5], [0.2, 0.1], [0.9, 0.3]),
        lengths: null,
      },
      {
        name: 'memory.cells',
        shape: [4, 3, 2],
        rows: 3,
        labels: null,
        data: rows([0, 0, 0, 0, 0, 0], [3, 4, 0, 0, 0, 0], [1, 0, 3, 4, 0, 0], [3, 4, 0, 0, 0, 0]),
        lengths: rows([0, 0, 0], [5, 0, 0], [1, 5, 0], [5, 0, 0]),
      },
      {
        name: 'memory.reading',
        shape: [4, 2],
        rows: null,
        labels: null,
        data: rows([0, 0], [3, 4], [1, 0], [3, 4]),
        lengths: null,
      },
      {
        name: 'memory.actions',
        shape: [4, 1, 3],
        rows: null,
        labels: null,
        data: rows([0, 0, 0], [0.7, 0.1, 0.2], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]),
        lengths: null,
      },
    ],
  }
}
