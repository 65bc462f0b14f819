import type { Batch } from '../../engine/devices/device.ts'
import type { Corpus } from '../../engine/tasks/corpus/corpus.ts'
import { testBatches } from '../../engine/train/data.ts'
import { predictionsIn } from '../../engine/train/lessons.ts'
import { pace } from '../../engine/train/pace.ts'
import type { ScoredString } from '../../shared/contract/index.ts'
import { InputError } from '../../shared/errors.ts'
import type { StudySpec } from '../../shared/study.ts'
import { openFresh, type Trained } from './executors.ts'
import { languageFor, textOf } from './languages.ts'

export interface StringsInput { readonly bin?: string | undefined, readonly which: 'worst' | 'best' | 'first', readonly count: number }

/** Test strings of a bin by how far the model is above the bound on them. @throws InputError for an unknown bin, the signal's reason */
export async function scoredStrings(trained: Trained, { bin, which, count }: StringsInput, signal: AbortSignal): Promise<ScoredString[]> {
  const { study } = trained
  const name = bin ?? study.evaluation.bins[0]!.name
  const chosen = study.evaluation.bins.filter(one => one.name === name)
  if (chosen.length === 0) throw new InputError('bin', bin, study.evaluation.bins.map(one => one.name).join(', '))
  const language = languageFor(study.task)
  const executor = await openFresh(trained, language)
  const turns = pace(() => performance.now(), signal)
  const scored: ScoredString[] = []
  const batches: Iterable<Batch> = language.corpus ? excerpts(language.corpus, study) : testBatches({ study: { ...study, evaluation: { bins: chosen } }, language })
  for (const batch of batches) {
    const { nats, correct } = executor.evaluate(batch)
    for (let row = 0; row < batch.size; row++) {
      const symbols = [...batch.symbols.subarray(row * batch.length, (row + 1) * batch.length)]
      const predicted = predictionsIn(batch) / batch.size
      scored.push({ symbols, text: textOf(language, symbols), length: batch.length, loss: nats[row]! / predicted, bound: batch.next ? 0 : -language.logProbability(symbols) / predicted, accuracy: correct[row]! / predicted })
    }
    if (which === 'first' && scored.length >= count) break
    if (turns.due(turns.now())) await turns.turn()
  }
  if (which === 'first') return scored.slice(0, count)
  const ascending = scored.map(string => [excess(string), string] as const).sort(([a], [b]) => a === b ? 0 : a - b).map(([, string]) => string)
  return which === 'best' ? ascending.slice(0, count) : ascending.slice(-count).reverse()
}

const MOST_EXCERPTS = 256

/** The test part of a text in pieces as long as a training step, evenly apart where there are many. */
function* excerpts({ test }: Corpus, { data }: StudySpec): Generator<Batch> {
  const length = Math.min(data.train.lengths[1], test.length - 1)
  const all = Math.floor((test.length - 1) / length)
  const count = Math.min(all, MOST_EXCERPTS)
  for (let k = 0; k < count; k++) {
    const start = Math.floor(k * all / count) * length
    yield { size: 1, length, symbols: test.slice(start, start + length), next: test.slice(start + length, start + length + 1) }
  }
}

/** What cannot be compared (a diverged model) counts as the worst. */
const excess = ({ loss, bound }: ScoredString): number => Number.isNaN(loss - bound) ? Infinity : loss - bound
