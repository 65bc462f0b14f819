import type { RunRecord } from '../../shared/records.ts'
import { checkpointRows } from './checkpoints.ts'
import type { Database } from './database.ts'
import { epochsOf, freezesOf } from './epochs.ts'
import { allSeries } from './metrics.ts'
import { attemptsOf, getRun, parametersOf, planOf, runRow } from './runs.ts'
import { checkSeal } from './seals.ts'
import { snapshotRows } from './snapshots.ts'
import { getStudy } from './studies.ts'
import { scoresOf } from './tallies.ts'

/** The number of a run's row, once its record is found to be what was sealed. @throws LabError `record-damaged`, `unknown-run` */
export function sealedRow(db: Database, id: string): number {
  const { seq } = runRow(db, id)
  checkSeal(db, seq)
  return seq
}

export function runRecord(db: Database, id: string): RunRecord {
  return db.read(() => {
    const seq = sealedRow(db, id)
    const run = getRun(db, id)
    return {
      run,
      study: getStudy(db, run.studyId),
      plan: planOf(db, id),
      parameters: parametersOf(db, seq),
      attempts: attemptsOf(db, seq),
      freezes: freezesOf(db, seq),
      epochs: epochsOf(db, seq),
      series: allSeries(db, seq),
      scores: { best: scoresOf(db, seq, 'best'), last: scoresOf(db, seq, 'last') },
      checkpoints: checkpointRows(db, seq),
      snapshots: snapshotRows(db, seq),
    }
  })
}
