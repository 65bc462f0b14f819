import type { Comparison, Target } from '../../../shared/comparison.ts'
import { MEASURES, type Measure } from '../../../shared/measures.ts'
import { InputError } from '../../../shared/errors.ts'
import type { Weights } from '../../../shared/records.ts'
import type { Lab } from '../../compose.ts'
import type { ComparisonOptions } from '../../services/compare.ts'
import { reproduce } from '../../services/reproduction/reproduce.ts'
import { evidenceOf, reproductionOf } from '../../services/reproductions.ts'
import { writeFiles } from '../../services/write-files.ts'
import { renderReproduction } from './comparison-table.ts'
import { lookingAt, type Cli, type PlaceFlags } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { findStudy } from './find.ts'
import { hasColour, jsonText, widthOf } from './terminal.ts'
import { writeComparison } from './train-view.ts'

export interface CompareFlags extends PlaceFlags {
  readonly json?: boolean
  readonly weights?: Weights
  readonly reference?: string
  readonly target?: readonly string[]
  readonly published?: boolean
  /** A folder. */
  readonly figures?: string
}

/** Prints how the plans of a study compare. @returns the exit code */
export function compareCommand(cli: Cli, name: string | undefined, flags: CompareFlags): Promise<number> {
  const { out, env } = cli.terminal
  if (flags.published) return publishedCommand(cli, name, flags)
  const options = comparisonOptions(flags)
  return lookingAt(cli, flags, async lab => {
    if (lab === null) throw new InputError('STUDY', name, 'nothing yet: there is no history here')
    const { id } = findStudy(lab.history, name)
    const comparison = await lab.compare(id, options)
    if (flags.figures !== undefined) await writeFigures(cli, lab, id, comparison, flags.figures)
    if (flags.json) out.write(`${jsonText(comparison, 2)}\n`)
    else writeComparison(out, env, comparison)
    return EXIT.ok
  })
}

/** Writes the app's figures of a comparison as SVG, and says on the standard error which. */
async function writeFigures(
  { terminal }: Cli,
  lab: Lab,
  studyId: string,
  comparison: Comparison,
  folder: string,
): Promise<void> {
  // What draws is not loaded by commands that draw nothing.
  const { figureFiles, studyFigures } = await import('../../app/study-figures.ts')
  const written = writeFiles(folder, figureFiles(await studyFigures(lab, studyId, comparison)), {
    field: '--figures',
  })
  for (const path of written) terminal.err.write(`${path}\n`)
}

/** Prints the published study beside all that the history has of it. */
function publishedCommand(cli: Cli, name: string | undefined, flags: CompareFlags): Promise<number> {
  const { out, env } = cli.terminal
  if (flags.figures !== undefined)
    throw new InputError('--figures', flags.figures, 'nothing beside --published: its card has no figures')
  if (name !== undefined)
    throw new InputError('STUDY', name, 'nothing beside --published: all studies of the history are looked at')
  return lookingAt(cli, flags, async lab => {
    const card =
      lab === null
        ? reproduce([], [])
        : await reproductionOf({ history: lab.history, evidence: study => evidenceOf(lab, study) })
    out.write(
      flags.json
        ? `${jsonText(card, 2)}\n`
        : renderReproduction(card, { colour: hasColour(out, env), width: widthOf(out) }),
    )
    return EXIT.ok
  })
}

/** @throws InputError */
export function comparisonOptions({ weights, reference, target }: CompareFlags): ComparisonOptions {
  return {
    ...(weights && { weights }),
    ...(reference !== undefined && { reference }),
    ...(target && { targets: target.map(targetOf) }),
  }
}

/** `accuracy@200-400`, `retention`. */
function targetOf(text: string): Target {
  const at = text.indexOf('@')
  const measure = at === -1 ? text : text.slice(0, at)
  if (!Object.hasOwn(MEASURES, measure))
    throw new InputError('--target', text, `MEASURE@BIN with a measure of ${Object.keys(MEASURES).join(', ')}`)
  return { measure: measure as Measure, bin: at === -1 ? null : text.slice(at + 1) }
}
