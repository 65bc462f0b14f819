import { scoreIn } from '../../engine/train/evaluate.ts'
import { pace } from '../../engine/train/pace.ts'
import type { ScoredString } from '../../shared/contract/index.ts'
import { InputError } from '../../shared/errors.ts'
import { figures } from '../../shared/score.ts'
import { openFresh, type Trained } from './executors.ts'
import { languageFor, textOf } from './languages.ts'
import { testStrings } from './test-strings.ts'

export interface StringsInput {
  readonly bin?: string | undefined
  readonly which: 'worst' | 'best' | 'first'
  readonly count: number
}

/** Test strings of a bin by how far the model is above the bound on them. @throws InputError for an unknown bin, the signal's reason */
export async function scoredStrings(
  trained: Trained,
  { bin, which, count }: StringsInput,
  signal: AbortSignal,
): Promise<ScoredString[]> {
  const { study } = trained
  const name = bin ?? study.evaluation.bins[0]!.name
  const chosen = study.evaluation.bins.find(one => one.name === name)
  if (!chosen) throw new InputError('bin', bin, study.evaluation.bins.map(one => one.name).join(', '))
  const language = languageFor(study.task)
  const executor = await openFresh(trained, language)
  const turns = pace(() => performance.now(), signal)
  const found: ScoredString[] = []
  for (const batch of testStrings(study, language, chosen)) {
    const { nats, correct } = executor.evaluate(batch)
    for (let row = 0; row < batch.size; row++) {
      const symbols = batch.symbols.slice(row * batch.length, (row + 1) * batch.length)
      const string = {
        ...batch,
        size: 1,
        symbols,
        lengthNats: 0,
        boundNats: batch.next ? 0 : -language.logProbability([...symbols]),
      }
      const { loss, bound, accuracy } = figures(
        scoreIn(string, { nats: nats.subarray(row, row + 1), correct: correct.subarray(row, row + 1) }),
      )
      found.push({
        symbols: [...symbols],
        text: textOf(language, symbols),
        length: batch.length,
        loss,
        bound: bound ?? NaN,
        accuracy,
      })
    }
    if (which === 'first' && found.length >= count) break
    if (turns.due(turns.now())) await turns.turn()
  }
  if (which === 'first') return found.slice(0, count)
  const ascending = found
    .map(string => [excess(string), string] as const)
    .sort(([a], [b]) => (a === b ? 0 : a - b))
    .map(([, string]) => string)
  return which === 'best' ? ascending.slice(0, count) : ascending.slice(-count).reverse()
}

/** What cannot be compared (a diverged model) counts as the worst. */
const excess = ({ loss, bound }: ScoredString): number => (Number.isNaN(loss - bound) ? Infinity : loss - bound)
