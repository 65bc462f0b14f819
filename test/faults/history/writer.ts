import { writeSync } from 'node:fs'
import { openHistory } from '../../../src/main/history/history.ts'
import { ENVIRONMENT } from '../../../src/main/history/testing/events.ts'
import { LabError } from '../../../src/shared/errors.ts'
import { waitForGo } from './process.ts'
import { eventOf, saidAt, startEvent } from './script.ts'

/** Once let go, races for the run COMMON and says `won` or `lost`; then trains the run OWN for STEPS steps, and ends once let go again. */
const [home, common, own, steps] = process.argv.slice(2) as [string, string, string, string]
const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}

const history = openHistory({ home })
waitForGo()
try {
  history.runs.claim(common, { environment: ENVIRONMENT })
  say('won')
} catch (error) {
  if (!(error instanceof LabError && error.code === 'run-taken')) throw error
  say('lost')
}
history.runs.claim(own, { environment: ENVIRONMENT })
history.record(own, startEvent(false))
for (let step = 1; step <= Number(steps); step++) for (const said of saidAt(step)) history.record(own, eventOf(said))
history.record(own, { kind: 'done', reason: 'finished', epochs: Number(steps) / 10, bestEpoch: -1 })
say('done')
waitForGo()
history.close()
