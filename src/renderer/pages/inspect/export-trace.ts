import type { FullRun, IdealStacks, OptimalPrediction, Trace } from '../../../shared/contract/index.ts'
import { useTheme } from '../../composables/theme.ts'
import { npz, type NpyArray } from '../../lib/npz.ts'
import { fileName, saveFile, textFile } from '../../shell/files.ts'
import { boardIn, lanesPng, lanesSvg } from './lane-picture.ts'
import { isText, nameOf } from './trace-view.ts'

/** What is exported besides the trace itself, where it is there. */
export interface Beside {
  readonly optimal: OptimalPrediction | null
  readonly second: Trace | null
  readonly ideal: IdealStacks | null
}

/** What a picture of the lanes is of: study, run, string. */
export function aboutTrace({ study, row }: FullRun, trace: Trace, besideAnother: boolean): string[] {
  const { weights, epoch, symbols } = trace
  const text = Array.from(symbols, symbol => nameOf(trace, symbol)).join(' ')
  return [
    study.name,
    `${row.planTitle}, seed ${row.seed}, ${weights === 'best' ? 'best weights' : 'weights'} after epoch ${epoch}${besideAnother ? ', beside a second run' : ''}`,
    `${symbols.length} ${isText(trace) ? 'words' : 'symbols'}: ${text}`,
  ]
}

export async function exportTrace(
  kind: 'png' | 'svg' | 'npz',
  trace: Trace,
  beside: Beside,
  board: HTMLElement,
  /** What is looked at, in lines above the picture: study, run, string. */
  about: readonly string[],
): Promise<void> {
  const name = fileName(`trace-${trace.runId}-${trace.symbols.length}-epoch-${trace.epoch}`)
  if (kind === 'npz') saveFile({ name: `${name}.npz`, type: 'application/zip', bytes: npz(traceArrays(trace, beside)) })
  else {
    const [shown, theme] = [boardIn(board, about), useTheme().theme.value]
    if (kind === 'svg') saveFile(textFile(`${name}.svg`, 'image/svg+xml', lanesSvg(shown, theme)))
    else saveFile({ name: `${name}.png`, type: 'image/png', bytes: await lanesPng(shown, theme) })
  }
}

/** Everything in a trace, by the names under which it came; the second run's under `second`. */
export function traceArrays(trace: Trace, { optimal, second, ideal }: Beside): NpyArray[] {
  const [columns, width] = [trace.symbols.length + 1, trace.symbolNames.length + 1]
  return [
    { name: 'symbols', shape: [trace.symbols.length], data: trace.symbols },
    ...valuesOf(trace),
    ...(optimal
      ? [
          { name: 'optimal.probabilities', shape: [columns, width], data: optimal.probabilities },
          { name: 'optimal.nats', shape: [columns], data: optimal.nats },
        ]
      : []),
    ...(ideal
      ? [
          { name: 'ideal.depth', shape: [columns], data: ideal.depth },
          { name: 'ideal.content', shape: [columns, ideal.rows, ideal.symbols.length], data: ideal.content },
          { name: 'ideal.moves', shape: [columns, 3], data: ideal.moves },
        ]
      : []),
    ...(second ? valuesOf(second).map(array => ({ ...array, name: `second.${array.name}` })) : []),
  ]
}

const valuesOf = ({ symbols, probabilities, nats, symbolNames, tensors }: Trace): NpyArray[] => [
  { name: 'probabilities', shape: [symbols.length + 1, symbolNames.length + 1], data: probabilities },
  { name: 'nats', shape: [symbols.length + 1], data: nats },
  ...tensors.map(({ name, shape, data }) => ({ name, shape, data })),
]
