import { vi } from 'vitest'
import type {
  FullRun,
  IdealStacks,
  OptimalPrediction,
  RunPage,
  RunRow,
  StackFidelity,
  TaskPreview,
} from '../../../../shared/contract/index.ts'
import { sampleTrace } from '../../../testing/sample-trace.ts'

/** A study of two runs, and everything that the host says to their traces of a short string. */

export const trace = sampleTrace()
export const other = {
  ...sampleTrace(),
  runId: 'study.frozen-memory.1',
  probabilities: Float32Array.from(trace.probabilities),
}
other.probabilities.set([0.1, 0.1, 0.1, 0.7], 8)
export const optimal: OptimalPrediction = {
  probabilities: Float32Array.of(0.9, 0.1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1),
  lengths: [3],
  nats: Float64Array.of(0.1, 0, 0, 0),
}

export const ideal: IdealStacks = {
  symbols: ['0', '1'],
  certain: true,
  depth: Float64Array.of(0, 1, 1, 0),
  rows: 1,
  content: Float32Array.of(0, 0, 1, 0, 1, 0, 0, 0),
  moves: Float32Array.of(0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0),
}
export const fidelity: StackFidelity = {
  score: 0.81,
  chance: 0.12,
  top: 0.93,
  depth: 0.7,
  moves: 0.8,
  stack: 0,
  fitted: 24,
  scored: 12,
  longest: 3,
  tops: Int32Array.of(2, 1, 0, -1),
}
export const row = (id: string, planTitle: string): RunRow => ({ id, planTitle, seed: 1, epochsDone: 3 }) as RunRow
export const rows = [row('study.full.1', 'Full training'), row('study.frozen-memory.1', 'Memory frozen')]
export const record = (id: string): FullRun =>
  ({
    run: rows.find(run => run.id === id)!,
    row: rows.find(run => run.id === id)!,
    checkpoints: [
      { which: 'best', epoch: 1 },
      { which: 'last', epoch: 3 },
    ],
    snapshots: [0, 1, 2, 3].map(epoch => ({ epoch })),
    freezes: [{ epoch: 1, action: 'freeze', parameters: ['memory.actions.weights'], reason: 'memory from epoch 1' }],
    epochs: [0, 1, 2].map(epoch => ({ epoch, validation: { nats: 30 - 10 * epoch, symbols: 20 } })),
    study: {
      id: 'study',
      name: 'A stack is learnt',
      spec: {
        task: { id: 'marked-reversal' },
        plans: [{ id: 'full' }, { id: 'frozen-memory' }],
        data: { train: { lengths: [1, 4] } },
        evaluation: { bins: [] },
      },
    },
  }) as unknown as FullRun

export const handlers = (
  get = vi.fn(({ runId }: { runId: string }) => Promise.resolve(runId === 'study.full.1' ? trace : other)),
) => ({
  runs: {
    get: ({ runId }: { runId: string }) => Promise.resolve(record(runId)),
    list: () => Promise.resolve({ rows, total: 2, offset: 0, groups: [], version: 1 } as RunPage),
  },
  preview: { task: () => Promise.resolve({ validLengths: [1, 3] } as TaskPreview) },
  traces: {
    get,
    optimal: () => Promise.resolve(optimal),
    ideal: () => Promise.resolve({ note: 'Pushes.', ideal }),
    fidelity: () => Promise.resolve(fidelity),
  },
})
export const tracesAsked = (asked: readonly [string, unknown][]): unknown[] =>
  asked.filter(([name]) => name === 'traces.get').map(([, input]) => input)

/** Titles of the lanes, from above. */
export const titles = (view: {
  findAll: (selector: string) => { attributes: (name: string) => string | undefined }[]
}) => view.findAll('.lane').map(lane => lane.attributes('data-title'))
