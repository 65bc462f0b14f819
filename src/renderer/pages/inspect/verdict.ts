import type { Icon } from '../../components/icons.ts'
import type { OptimalPrediction, Trace } from '../../../shared/contract/index.ts'
import { whole } from '../../lib/numbers.ts'
import { guessAt, isText, rankAt, targetAt } from './trace-view.ts'

/** What can be said of a prediction. */
export interface Verdict {
  readonly tone: 'good' | 'bad' | ''
  readonly icon: Icon
  readonly text: string
  readonly hint: string
}

interface Judged {
  readonly optimal: OptimalPrediction | null | undefined
  /** Whether the prediction is one of the errors, and whether that is known yet. */
  readonly wrong: boolean
  readonly judged: boolean
}

export function verdictOf(trace: Trace, column: number, { optimal, wrong, judged }: Judged): Verdict {
  const right = guessAt(trace, column) === targetAt(trace, column)
  if (isText(trace)) return ofWord(trace, column, right)
  if (wrong)
    return optimal
      ? { tone: 'bad', icon: 'close', text: 'error', hint: 'Another symbol is likelier under the exact distribution' }
      : {
          tone: 'bad',
          icon: 'close',
          text: 'missed',
          hint: 'Another symbol came; without an exact distribution it is not known whether that could be known',
        }
  if (right) return { tone: 'good', icon: 'check', text: 'right', hint: 'What was predicted came' }
  // What came was not what was predicted, but nothing likelier could have been.
  return judged
    ? {
        tone: '',
        icon: 'minus',
        text: 'not to be known',
        hint: 'Another symbol came, but none was likelier than the predicted one',
      }
    : { tone: '', icon: 'minus', text: '…', hint: 'What could be known is on its way' }
}

function ofWord(trace: Trace, column: number, right: boolean): Verdict {
  if (column === trace.symbols.length)
    return { tone: '', icon: 'minus', text: 'end of the piece', hint: 'What follows is not known' }
  if (Number.isNaN(trace.nats[column]!))
    return { tone: '', icon: 'minus', text: 'not scored', hint: 'The first word of a piece is not predicted' }
  if (right) return { tone: 'good', icon: 'check', text: 'right', hint: 'The likeliest word came' }
  const rank = rankAt(trace, column, targetAt(trace, column))
  return {
    tone: '',
    icon: 'minus',
    text: `place ${whole(rank)}`,
    hint: `${whole(rank - 1)} of ${whole(trace.symbolNames.length)} words were taken to be likelier than the one that came`,
  }
}
