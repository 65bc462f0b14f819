import { existsSync } from 'node:fs'
import { InputError } from '../../../shared/errors.ts'
import type { Comparison } from '../../../shared/comparison.ts'
import { comparisonCsv, comparisonValuesCsv } from '../../services/comparison/csv.ts'
import { comparisonLatex } from '../../services/comparison/latex.ts'
import { comparisonMarkdown } from '../../services/comparison/markdown.ts'
import { exportRun, exportStudy, type ExportFiles } from '../../services/export.ts'
import { OVER } from '../../services/runs.ts'
import { writeFiles } from '../../services/write-files.ts'
import { lookingAt, type Cli, type PlaceFlags } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { findRunOrStudy } from './find.ts'
import { jsonText } from './terminal.ts'

export interface ExportFlags extends PlaceFlags {
  readonly json?: boolean
  readonly to?: string
  /** Write over a former export in the folder. */
  readonly force?: boolean
}

/** Writes all that the history knows of a study or a run into a folder. @returns the exit code */
export function exportCommand(cli: Cli, name: string | undefined, flags: ExportFlags): Promise<number> {
  return lookingAt(cli, flags, async lab => {
    if (lab === null) throw new InputError('STUDY or RUN', name, 'nothing yet: there is no history here')
    const found = findRunOrStudy(lab.history, name)
    const [id, files] =
      'run' in found
        ? ([found.run.id, exportRun(lab.history.runRecord(found.run.id))] as const)
        : ([
            found.study.id,
            {
              ...exportStudy(
                found.study,
                lab.history.runs.list({ studies: [found.study.id] }).map(run => lab.history.runRecord(run.id)),
              ),
              ...(lab.history.runs.count({ studies: [found.study.id], statuses: OVER }) > 0
                ? comparisonFiles(await lab.compare(found.study.id))
                : {}),
            },
          ] as const)
    const written = writeFiles(flags.to ?? freshName(`permafrost-${id}`), files, flags)
    cli.terminal.out.write(
      flags.json ? `${jsonText({ files: written }, 2)}\n` : written.map(file => `${file}\n`).join(''),
    )
    return EXIT.ok
  })
}

/** The first of `name`, `name-2`, … that is not there. */
function freshName(name: string): string {
  for (let n = 1; ; n++) {
    const next = n === 1 ? name : `${name}-${n}`
    if (!existsSync(next)) return next
  }
}

const comparisonFiles = (comparison: Comparison): ExportFiles => ({
  'comparison.json': `${jsonText(comparison, 2)}\n`,
  'comparison.csv': comparisonCsv(comparison),
  'comparison-values.csv': comparisonValuesCsv(comparison),
  'comparison.md': comparisonMarkdown(comparison),
  'comparison.tex': comparisonLatex(comparison),
})
