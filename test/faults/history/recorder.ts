import { writeSync } from 'node:fs'
import { openHistory } from '../../../src/main/history/history.ts'
import { ENVIRONMENT } from '../../../src/main/history/testing/events.ts'
import { LabError } from '../../../src/shared/errors.ts'
import { eventOf, saidAt, startEvent } from './script.ts'

/**
 * Trains RUN of the history in HOME, from where it stopped, without end: records what the made-up trainer says and, once it is stored,
 * says so on standard output: `claimed STEP`, then `KIND STEP` for each event.
 */
const [home, runId, lastStep = 'Infinity'] = process.argv.slice(2) as [string, string, string?]
const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}

try {
  const history = openHistory({ home })
  const { resume } = history.runs.claim(runId, { environment: ENVIRONMENT })
  say(`claimed ${resume?.step ?? 0}`)
  history.record(runId, startEvent(resume !== null))
  for (let step = (resume?.step ?? 0) + 1; step <= Number(lastStep); step++) {
    for (const said of saidAt(step)) {
      history.record(runId, eventOf(said))
      say(said)
    }
  }
  history.close()
} catch (error) {
  if (!(error instanceof LabError)) throw error
  say(`error ${error.code} ${error.message}`)
  process.exitCode = 1
}
