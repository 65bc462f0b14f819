import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { AnyExecutor, Batch, Threads } from '../src/engine/devices/device.ts'
import { wasmDevice } from '../src/engine/devices/wasm/device.ts'
import { buildModel, type Model } from '../src/engine/model.ts'
import { converse } from './peers/conversation.ts'
import { PYTHON } from './peers/pytorch.ts'
import { timed, type Missing, type Peer, type Timed } from './peers/peer.ts'

/**
 * The step of a word-level language model on the Penn Treebank: embedding, LSTM and classifier of 256 units over 10,000 words, 32 streams of
 * 35 words, plain SGD with clipping at 5. Everyone makes the weights and the words by the same arithmetic: they are too many to be sent.
 */
export interface LanguageSizes {
  readonly words: number
  readonly units: number
  readonly streams: number
  readonly steps: number
}
export const PENN_TREEBANK: LanguageSizes = { words: 10_000, units: 256, streams: 32, steps: 35 }
const LEARNING_RATE = 1,
  CLIP_NORM = 5,
  BOUND = 0.1

/** Billions of floating-point operations in the products of one step: forward, and backward by inputs and by weights. */
export const gigaflop = ({ words, units, streams, steps }: LanguageSizes): number =>
  (3 * 2 * streams * steps * units * (words + 8 * units)) / 1e9

/** What PyTorch must be told to make the same. */
export const languageProblem = (sizes: LanguageSizes): object => ({
  ...sizes,
  bound: BOUND,
  learningRate: LEARNING_RATE,
  clipNorm: CLIP_NORM,
})

/** In the order in which they are filled. */
const TENSORS = [
  'embedding.words.weights',
  'controller.input.weights',
  'controller.hidden.weights',
  'controller.input.bias',
  'controller.hidden.bias',
  'classifier.output.weights',
  'classifier.output.bias',
]

/** A number that looks drawn by chance, 0 … 2^32 - 1; `pytorch/language.py` has the same. */
function scattered(index: number): number {
  let x = Math.imul(index + 1, 2654435761)
  x = Math.imul(x ^ (x >>> 15), 2246822519)
  return (x ^ (x >>> 13)) >>> 0
}

export const languageModel = ({ words, units }: LanguageSizes): Model =>
  buildModel({ controller: { id: 'lstm', units }, memory: { id: 'none' } }, { words })

export function fillLanguageModel(executor: Pick<AnyExecutor, 'read' | 'write'>): void {
  let index = 0
  for (const name of TENSORS)
    executor.write(
      name,
      executor.read(name).map(() => BOUND * ((2 * scattered(index++)) / 2 ** 32 - 1)),
    )
}

export function languageBatch({ words, streams, steps }: LanguageSizes): Batch {
  const word = (stream: number, step: number): number => scattered(stream * (steps + 1) + step) % words
  return {
    size: streams,
    length: steps,
    symbols: Int32Array.from({ length: streams * steps }, (_, k) => word(Math.floor(k / steps), k % steps)),
    next: Int32Array.from({ length: streams }, (_, stream) => word(stream, steps)),
  }
}

export const LANGUAGE_UPDATE = { learningRate: LEARNING_RATE, clipNorm: CLIP_NORM }

const THREADS = { 1: 'one thread', 2: 'two threads' } as const

/** With the helper that the app starts. */
const threadsOf = (count: number): Threads => ({
  most: () => count,
  start() {
    const helper = new Worker(join(import.meta.dirname, '../src/main/training/helper.ts'))
    helper.unref()
    return helper
  },
})

export async function openOurLanguageModel(threads: 1 | 2): Promise<Peer> {
  const executor = await wasmDevice.open(languageModel(PENN_TREEBANK), {
    optimizer: { id: 'sgd' },
    threads: threadsOf(threads),
  })
  fillLanguageModel(executor)
  const batch = languageBatch(PENN_TREEBANK)
  const step = (): number => executor.step(batch, LANGUAGE_UPDATE).loss
  return {
    id: `ours-${threads}`,
    title: `our engine, ${THREADS[threads]}`,
    run: async steps => timed(step, steps),
    close: async () => executor.dispose(),
  }
}

export async function openTorchLanguageModel(threads: 1 | 2): Promise<Peer | Missing> {
  const id = `pytorch-${threads}`,
    title = THREADS[threads]
  if (!existsSync(PYTHON))
    return { id, title: `PyTorch, ${title}`, missing: 'not installed; bench/pytorch/setup.sh installs it' }
  const { ask, close } = converse(PYTHON, [
    join(import.meta.dirname, 'pytorch/language.py'),
    '--threads',
    String(threads),
  ])
  const { ready } = JSON.parse(await ask(JSON.stringify(languageProblem(PENN_TREEBANK)))) as { ready: string }
  return {
    id,
    title: `${ready}, nn.LSTM, ${title}`,
    run: async steps => JSON.parse(await ask(JSON.stringify({ run: steps }))) as Timed,
    close,
  }
}
