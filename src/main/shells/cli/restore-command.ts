import { restoreHistory, type Restored } from '../../history/restore.ts'
import { count } from '../../services/comparison/words.ts'
import { placeOf, type Cli, type PlaceFlags } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { jsonText } from './terminal.ts'
import { moment } from './words.ts'

/** Moves a damaged history aside and brings a backup in. @returns the exit code */
export function restore(
  { terminal }: Cli,
  backup: string | undefined,
  flags: PlaceFlags & { readonly json?: boolean },
): number {
  const restored = restoreHistory({ home: placeOf({ terminal }, flags), backup })
  terminal.out.write(flags.json ? `${jsonText(restored, 2)}\n` : `${restoredLines(restored).join('\n')}\n`)
  return EXIT.ok
}

/** What came back and what is lost, for a person. */
export function restoredLines(restored: Restored): string[] {
  const { backup, madeAt, aside, studies, runs, unusable, whole, found, anew, unknown } = restored
  return [
    `Restored from ${backup}${madeAt === null ? '' : `, made ${moment(madeAt)}`}: ${studies} ${studies === 1 ? 'study' : 'studies'}, ${count(runs, 'run')}. What was recorded since is lost, but for what follows.`,
    ...(aside === null ? [] : [`What was there is in ${aside}.`]),
    ...unusable.map(path => `This newer backup cannot be used: ${path}.`),
    ...listed(whole, 'goes on', 'go on', 'from the backup’s checkpoint'),
    ...found.map(
      ({ run, from, to }) =>
        `${run} goes on from step ${to}, its newest checkpoint; the curves of steps ${from} to ${to} are lost.`,
    ),
    ...listed(anew, 'begins', 'begin', 'anew: no checkpoint is left'),
    ...listed(unknown, 'is', 'are', 'not in the backup; the weights stay in the folder checkpoints'),
  ]
}

const listed = (ids: readonly string[], one: string, several: string, what: string): string[] =>
  ids.length === 0
    ? []
    : [`${count(ids.length, 'run')} ${ids.length === 1 ? one : several} ${what}: ${ids.join(', ')}.`]
