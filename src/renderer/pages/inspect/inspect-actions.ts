import { useActions } from '../../shell/commands.ts'

/** What the keys and the palette do on this page. */
export interface InspectActions {
  readonly firstError: () => number | undefined
  readonly divergence: () => number
  readonly jump: (column: number) => void
  /** undefined where the string is not drawn by its length. */
  readonly another: () => (() => void) | undefined
  /** Whether there are weights of several moments. */
  readonly trained: () => boolean
  readonly scrub: (by: -1 | 1) => void
  readonly play: () => void
  /** undefined where nothing is traced. */
  readonly save: () => (() => void) | undefined
}

export function useInspectActions(on: InspectActions): void {
  useActions([
    {
      id: 'first-error',
      title: 'Go to the first error',
      group: 'Inspect',
      enabled: () => on.firstError() !== undefined,
      run: () => on.jump(on.firstError()!),
    },
    {
      id: 'first-divergence',
      title: 'Go to where the runs diverge',
      group: 'Inspect',
      keys: ['D'],
      enabled: () => on.divergence() >= 0,
      run: () => on.jump(on.divergence()),
    },
    {
      id: 'another-string',
      title: 'Another string of this length',
      group: 'Inspect',
      keys: ['N'],
      enabled: () => on.another() !== undefined,
      run: () => on.another()?.(),
    },
    {
      id: 'earlier-weights',
      title: 'Earlier in training',
      group: 'Inspect',
      keys: [','],
      enabled: on.trained,
      run: () => on.scrub(-1),
    },
    {
      id: 'later-weights',
      title: 'Later in training',
      group: 'Inspect',
      keys: ['.'],
      enabled: on.trained,
      run: () => on.scrub(1),
    },
    {
      id: 'play-training',
      title: 'Play or pause training',
      group: 'Inspect',
      keys: ['P'],
      enabled: on.trained,
      run: on.play,
    },
    {
      id: 'export',
      title: 'Export trace as NPZ',
      group: 'Inspect',
      keys: ['Ctrl+S'],
      enabled: () => on.save() !== undefined,
      run: () => on.save()?.(),
    },
  ])
}
