import { resultName, type Machine } from '../report.ts'
import { judge, shown, type Figure } from './figures.ts'

export const appResultName = (machine: Machine): string => `${resultName(machine)}-app`

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')

export const goalsTable = (figures: readonly Figure[]): string =>
  table(
    ['goal', 'median (worst)', 'met'],
    judge(figures).map(({ title, figure, met }) => [title, figure, met ? 'yes' : 'no']),
  )

export const figuresTable = (figures: readonly Figure[]): string =>
  table(
    ['', 'median', 'worst', 'of'],
    figures.map(({ title, unit, median, worst, samples }) => [
      title,
      `${shown(median)} ${unit}`,
      `${shown(worst)} ${unit}`,
      String(samples),
    ]),
  )

export function markdown(
  figures: readonly Figure[],
  { processor, cores, memoryGiB, system, node, load }: Machine,
  browser: string,
): string {
  const scenes = [...new Set(figures.map(({ scene }) => scene))]
  return (
    [
      '# Benchmark of the app',
      `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}, ${browser} without a graphics card: everything is drawn by the processor. The built page over the loopback socket, its host a process of its own, unless said otherwise. ` +
        `What is drawn counts until the next frame begins, so that up to 17 ms of waiting for the screen are in every time. Load before the first figure: ${load} (0: nobody else used the machine).`,
      '## Goals',
      goalsTable(figures),
      ...scenes.flatMap(scene => {
        const own = figures.filter(figure => figure.scene === scene)
        const notes = own.flatMap(({ title, note }) => (note === undefined ? [] : [`- ${title}: ${note}.`]))
        return [`## ${scene}`, figuresTable(own), ...(notes.length > 0 ? [notes.join('\n')] : [])]
      }),
    ].join('\n\n') + '\n'
  )
}
