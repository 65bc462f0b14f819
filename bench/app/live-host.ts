import { openRig } from '../../src/main/app/testing/rig.ts'
import { liveFeeds } from '../../src/main/app/live.ts'
import { paceBook } from '../../src/main/app/pace-book.ts'
import { openWebServer } from '../../src/main/shells/web/server.ts'
import type { TrainingEvent } from '../../src/main/training/training.ts'
import { contract, type LabService } from '../../src/shared/contract/index.ts'
import { serve } from '../../src/shared/rpc/serve.ts'

/**
 * A host whose eight running runs are not trained but say something twenty times a second each, so that what a view costs can be told from
 * what training costs. Everything from the training's events on is the app's own. Arguments: home, the pages' folder, the runs' ids.
 */

const EVERY_MS = 50
const [home, root, ...runs] = process.argv.slice(2) as [string, string, ...string[]]
const rig = openRig(home)
// For the history they are interrupted: whoever claimed them is gone.
const summaries = runs.map(id => ({ ...rig.lab.history.runs.get(id), status: 'running' as const }))
const listeners = new Set<(event: TrainingEvent) => void>()
const say = (event: TrainingEvent): void => {
  for (const listen of listeners) listen(event)
}
const feeds = liveFeeds({
  subscribe(listen) {
    listeners.add(listen)
    return () => {
      listeners.delete(listen)
    }
  },
  paces: paceBook(),
  secondsLeft: () => 600,
  hasDiverged: () => false,
  device: () => 'wasm',
  millisecondsBetween: EVERY_MS,
})
for (const run of summaries) say({ kind: 'begun', run, resume: null })

let step = 1_000
setInterval(() => {
  step += 50
  for (const [i, { id }] of summaries.entries()) {
    const loss = 0.5 + 1 / Math.sqrt(step) + 0.05 * Math.sin(step * (i + 1))
    say({
      kind: 'stored',
      runId: id,
      events: [
        {
          kind: 'progress',
          epoch: Math.floor(step / 1_000),
          step,
          stepsPerEpoch: 1_000,
          loss,
          gradientNorm: { controller: loss, memory: loss / 2, classifier: loss / 3 },
          stepsPerSecond: 1_000 + i,
        },
      ],
    })
  }
}, EVERY_MS)

const service: LabService = { ...rig.app.service, live: feeds.service }
const server = await openWebServer({ root, answer: channel => serve(contract, service, channel) })
console.log(`The bench's host is at ${server.url}`)
process.on('SIGINT', () => {
  void server
    .close()
    .then(() => rig.close())
    .then(() => process.exit(0))
})
