import type { Environment } from '../../../shared/records.ts'
import type { EpochEvent, LengthScore, RunEvent } from '../../../shared/run-events.ts'
import { scored, type Sums } from '../../../shared/score.ts'

export const ENVIRONMENT: Environment = {
  app: { version: '1.2.3', commit: null, lockHash: null },
  versions: { node: '22.0.0', v8: '12.4', electron: null },
  os: { platform: 'linux', release: '6.1', arch: 'x64' },
  cpu: { model: 'test', cores: 2 },
  memoryBytes: 1024,
  device: { id: 'wasm', note: 'SIMD' },
}

export const STEPS_PER_EPOCH = 10

export const PARAMETERS: Extract<RunEvent, { kind: 'start' }>['parameters'] = [
  { name: 'controller.recurrent.weights', component: 'controller', shape: [8, 2] },
  { name: 'controller.recurrent.bias', component: 'controller', shape: [8] },
  { name: 'memory.actions.weights', component: 'memory', shape: [3, 2] },
  { name: 'classifier.weights', component: 'classifier', shape: [] },
]

export const start = (fields: Partial<Extract<RunEvent, { kind: 'start' }>> = {}): RunEvent => ({
  kind: 'start',
  epoch: 0,
  learningRate: 0.005,
  parameters: PARAMETERS,
  stepsPerEpoch: STEPS_PER_EPOCH,
  epochs: 4,
  resumed: false,
  ...fields,
})

export const progress = (step: number, fields: Partial<Extract<RunEvent, { kind: 'progress' }>> = {}): RunEvent => ({
  kind: 'progress',
  epoch: Math.floor((step - 1) / STEPS_PER_EPOCH),
  step,
  stepsPerEpoch: STEPS_PER_EPOCH,
  loss: 1 / step,
  gradientNorm: { controller: step / 3, memory: step / 7 },
  stepsPerSecond: 100,
  ...fields,
})

/** The epoch's end: after its last step. */
export const epoch = (number: number, fields: Partial<EpochEvent> = {}): EpochEvent => ({
  kind: 'epoch',
  epoch: number,
  step: (number + 1) * STEPS_PER_EPOCH,
  learningRate: 0.005 * 0.9 ** number,
  trainLoss: 1 / (number + 1),
  validation: scored({
    strings: 3,
    symbols: 60,
    nats: 60 / (number + 2),
    correct: 40,
    boundNats: 20.5,
    lengthNats: 3.25,
  }),
  best: true,
  frozen: ['memory.actions.weights'],
  hashes: { controller: `c${number}`, memory: 'm' },
  frozenHash: 'f',
  frozenIntact: true,
  gradientNorm: { controller: 0.1 },
  updateNorm: { controller: 0.2 },
  stepsPerSecond: 90,
  ...fields,
})

export const freeze = (before: number, action: 'freeze' | 'release' = 'freeze'): RunEvent => ({
  kind: 'freeze',
  epoch: before,
  action,
  parameters: ['memory.actions.weights'],
  reason: `memory: ${action} before epoch ${before}`,
})

export const checkpoint = (which: 'last' | 'best', step: number, content = `${which} ${step}`): RunEvent => ({
  kind: 'checkpoint',
  which,
  epoch: Math.floor(step / STEPS_PER_EPOCH),
  step,
  bytes: Buffer.from(content),
})

export const snapshot = (epoch: number, content = `snapshot ${epoch}`): RunEvent => ({
  kind: 'snapshot',
  epoch,
  step: epoch * STEPS_PER_EPOCH,
  bytes: Buffer.from(content),
})

export const score = (bin: string, length: number, fields: Partial<Sums> = {}): LengthScore => ({
  bin,
  length,
  ...scored({
    strings: 2,
    symbols: 2 * (length + 1),
    nats: length * 0.75,
    correct: length,
    boundNats: length * 0.5,
    lengthNats: 2 * Math.LN2,
    ...fields,
  }),
})
