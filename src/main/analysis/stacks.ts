import { chance } from '../../engine/chance.ts'
import type { Executor, TraceTensor } from '../../engine/devices/device.ts'
import { expectedDepth, fidelityOf, type Observed } from '../../engine/probes/fidelity.ts'
import { mostLikelyRun, tracedMoves, type RunMove } from '../../engine/probes/viterbi.ts'
import type { PossibleStack, StackMove } from '../../engine/tasks/ideal-stack.ts'
import { tasks } from '../../engine/tasks/index.ts'
import { validLengths, type Language } from '../../engine/tasks/task.ts'
import type { AutomatonRun, IdealStacks, StackFidelity, TraceString } from '../../shared/contract/index.ts'
import { netMoves, type StackView } from '../../shared/stack-view.ts'
import type { StudySpec } from '../../shared/study.ts'
import { openFresh, openNow, type Trained } from './executors.ts'
import { languageFor } from './languages.ts'
import { assumedLengths, readString } from './trace.ts'

const MOVES: readonly StackMove[] = ['push', 'pop', 'keep']

/** See the contract. Lengths are assumed as for the exact prediction. @throws InputError */
export function idealFor(
  study: StudySpec,
  string: TraceString,
  depth: number,
): { note: string; ideal: IdealStacks | null } {
  const language = languageFor(study.task)
  const note = tasks[study.task.id]?.stack ?? ''
  if (!language.idealStack) return { note, ideal: null }
  const symbols = [...readString(language, string)]
  const lengths = language.valid(symbols.length)
    ? assumedLengths(study, language, symbols.length)
    : validLengths(language, study.data.train.lengths)
  return { note, ideal: drawn(language.idealStack.symbols, language.idealStack.after(symbols, lengths), depth) }
}

function drawn(symbols: readonly string[], after: readonly (readonly PossibleStack[])[], depth: number): IdealStacks {
  const deepest = after.reduce(
    (most, possible) => possible.reduce((own, { stack }) => Math.max(own, stack?.depth ?? 0), most),
    0,
  )
  const rows = Math.min(depth, deepest),
    width = rows * symbols.length
  const content = new Float32Array(after.length * width),
    moves = new Float32Array(after.length * MOVES.length)
  after.forEach((possible, t) => {
    for (const { stack, move, probability } of possible) {
      let cell = stack
      for (let row = 0; row < rows && cell; row++, cell = cell.below)
        content[t * width + row * symbols.length + cell.symbol]! += probability
      const place = MOVES.indexOf(move)
      if (place >= 0) moves[t * MOVES.length + place]! += probability
    }
  })
  const depths = Float64Array.from(after, possible => (possible.length === 0 ? NaN : expectedDepth(possible)))
  return {
    symbols: [...symbols],
    certain: after.every(possible => possible.length <= 1),
    depth: depths,
    rows,
    content,
    moves,
  }
}

const FITTED = 24,
  SCORED = 12
/** Symbols of a string that is drawn to fit or to score on. */
const LONGEST = 120

/** See the contract. Strings to fit on and to score are drawn from half of the string's length up to it, the same for all weights. */
export async function fidelityFor(trained: Trained, string: TraceString): Promise<StackFidelity | null> {
  const language = languageFor(trained.study.task)
  const symbols = readString(language, string)
  const lengths = probeLengths(language, symbols.length, trained.study.data.train.lengths[1])
  if (!language.idealStack || lengths.length === 0) return null
  const executor = await openFresh(trained, language)
  const { stack } = executor.model.graph
  if (!stack) return null
  const ideal = language.idealStack
  const observe = (given: Int32Array, which: readonly number[]): Observed => ({
    ...observed(executor, stack, given),
    ideal: ideal.after([...given], which),
  })
  const drawnStrings = (name: string, count: number): Observed[] => {
    const source = chance(0).fork(name)
    return Array.from({ length: count }, () =>
      observe(Int32Array.from(language.sample(source, lengths[source.integer(lengths.length)]!)), lengths),
    )
  }
  const { probe, ...fidelity } = fidelityOf(
    drawnStrings('fit', FITTED),
    drawnStrings('score', SCORED),
    ideal,
    chance(0).fork('shifts'),
  )
  const { width, values } = readingsOf(executor.trace(symbols, 1), symbols.length)
  const tops = Int32Array.from({ length: symbols.length + 1 }, (_, t) =>
    probe && t < symbols.length ? probe(values, t * width) : -1,
  )
  return { ...fidelity, fitted: FITTED, scored: SCORED, longest: lengths.at(-1)!, tops }
}

function probeLengths(language: Language, length: number, trainedTo: number): number[] {
  const most = Math.min(LONGEST, length > 1 ? length : trainedTo)
  const found = validLengths(language, [Math.ceil(most / 2), most])
  return found.length > 0 ? found : validLengths(language, [1, Math.min(LONGEST, trainedTo)])
}

function observed(executor: Executor, stack: StackView, symbols: Int32Array): Omit<Observed, 'ideal'> {
  const trace = executor.trace(symbols, 1)
  return { reading: readingsOf(trace, symbols.length), moves: movesIn(trace, stack) }
}

/** The reading that is given to step t + 1 is made of the memory after t symbols: row t of these. */
function readingsOf(trace: Record<string, TraceTensor>, steps: number): { width: number; values: Float32Array } {
  const reading = trace['memory.reading']
  if (!reading) return { width: 0, values: new Float32Array(0) }
  const width = reading.shape.slice(1).reduce((size, side) => size * side, 1)
  return { width, values: reading.data.subarray(width, (steps + 1) * width) }
}

function movesIn(trace: Record<string, TraceTensor>, stack: StackView): Float64Array[] {
  if (stack.kind !== 'automaton') return netMoves(stack, name => trace[name])
  const run = likeliestRun(trace, stack)
  return run ? [Float64Array.from(run, ({ kind }) => (kind === 'push' ? 1 : kind === 'pop' ? -1 : 0))] : []
}

/** The search takes about so many multiplications a second or two. */
const MOST_SEARCHED = 2e9
const KINDS: readonly RunMove['kind'][] = ['push', 'replace', 'pop']

function likeliestRun(
  trace: Record<string, TraceTensor>,
  { states, alphabet, window, sealed }: Extract<StackView, { kind: 'automaton' }>,
): readonly RunMove[] | undefined {
  const weights = tracedMoves(trace)
  if (!weights) return undefined
  const reach = Math.min(weights.steps, window),
    pairs = states * alphabet
  if (((weights.steps * reach ** 2) / 6) * pairs * pairs * states > MOST_SEARCHED) return undefined
  return mostLikelyRun(weights, { window, sealed })?.moves
}

/** See the contract. */
export async function automatonRun(trained: Trained, string: TraceString): Promise<AutomatonRun | null> {
  const language = languageFor(trained.study.task)
  const symbols = readString(language, string)
  const executor = await openNow(trained, language)
  const { stack } = executor.model.graph
  if (stack?.kind !== 'automaton') return null
  const run = likeliestRun(executor.trace(symbols, 1), stack)
  if (!run) return null
  return {
    moves: Uint8Array.from(run, ({ kind }) => KINDS.indexOf(kind)),
    states: Int32Array.from(run, ({ state }) => state),
    symbols: Int32Array.from(run, ({ symbol }) => symbol),
    heights: Int32Array.from(run, ({ height }) => height),
  }
}
