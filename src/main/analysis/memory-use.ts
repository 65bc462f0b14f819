import { heldReading, meanReading, readsMemory } from '../../engine/probes/held-reading.ts'
import { validLengths, type Language } from '../../engine/tasks/task.ts'
import { scoreIn } from '../../engine/train/evaluate.ts'
import { pace } from '../../engine/train/pace.ts'
import { readWeights, writeWeights } from '../../engine/train/weights.ts'
import type { MemoryUse } from '../../shared/contract/index.ts'
import { figures, pool, type Score } from '../../shared/score.ts'
import type { BinSpec } from '../../shared/study.ts'
import { openFresh, type Trained } from './executors.ts'
import { languageFor } from './languages.ts'
import { testStrings } from './test-strings.ts'

/** Of a bin, so many strings are enough to see what the memory is worth. */
const MOST_STRINGS = 200
/** Strings of a bin whose readings are averaged. */
const MOST_TRACED = 64

/** See the contract. @throws the signal's reason */
export async function memoryUse(trained: Trained, signal: AbortSignal): Promise<MemoryUse | null> {
  const { study } = trained
  const language = languageFor(study.task)
  const whole = await openFresh(trained, language)
  const weights = readWeights(whole)
  if (!readsMemory(weights)) return null
  const held = await openFresh(trained, language)
  const turns = pace(() => performance.now(), signal)
  const breathe = async (): Promise<void> => {
    if (turns.due(turns.now())) await turns.turn()
  }

  const bins: MemoryUse['bins'] = []
  for (const bin of language.corpus ? [{ ...study.evaluation.bins[0]!, name: 'test' }] : study.evaluation.bins) {
    const batches = [...testStrings(study, language, fewer(bin, language))]
    const strings = batches.flatMap(({ size, length, symbols }) =>
      Array.from({ length: size }, (_, row) => symbols.slice(row * length, (row + 1) * length)),
    )
    const readings = []
    for (const string of apart(strings, MOST_TRACED)) {
      readings.push(whole.trace(string, 1)['memory.reading']!)
      await breathe()
    }
    writeWeights(held, heldReading(weights, meanReading(readings)))
    const scores: { whole: Score[]; held: Score[] } = { whole: [], held: [] }
    for (const batch of batches) {
      scores.whole.push(scoreIn(batch, whole.evaluate(batch)))
      scores.held.push(scoreIn(batch, held.evaluate(batch)))
      await breathe()
    }
    bins.push({
      name: bin.name,
      lengths: language.corpus ? null : bin.lengths,
      strings: strings.length,
      whole: worthOf(scores.whole),
      held: worthOf(scores.held),
    })
  }
  return { bins }
}

function fewer(bin: BinSpec, language: Language): BinSpec {
  const lengths = Math.ceil(validLengths(language, bin.lengths).length / bin.stride)
  return { ...bin, perLength: Math.max(1, Math.min(bin.perLength, Math.ceil(MOST_STRINGS / lengths))) }
}

/** At most `count` of all, evenly apart. */
function apart<T>(all: readonly T[], count: number): T[] {
  const step = Math.max(1, all.length / count)
  return Array.from({ length: Math.min(count, all.length) }, (_, i) => all[Math.floor(i * step)]!)
}

function worthOf(scores: readonly Score[]): { loss: number; accuracy: number } {
  const { loss, accuracy } = figures(pool(scores))
  return { loss, accuracy }
}
