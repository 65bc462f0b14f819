import { TINY } from '../../src/main/app/testing/rig.ts'
import type { LabClient } from '../../src/shared/contract/index.ts'
import { clientOf } from './client.ts'
import { figure, type Figure } from './figures.ts'
import { openLab, openPage } from './page.ts'
import { pause } from './processes.ts'

const SCENE = 'Training with and without views'
/** Of all runs together, in one turn. */
const STEPS = 48_000
/** On cores that training fills, four pages take this long to open: their scripts, their first answers and what is tidied up after these. */
const SETTLE_MS = 12_000

/** As many runs as the app trains at a time, each far longer than the measurement. */
const study = (runs: number): Record<string, unknown> => ({
  ...TINY,
  name: 'Long',
  model: { controller: { id: 'lstm', units: 20 }, memory: { id: 'superposition-stack', widths: [10] } },
  plans: ['full'],
  seeds: runs,
  data: { ...TINY.data, train: { strings: 10_000, lengths: [10, 40] } },
  training: { batch: 10, epochs: 10_000, earlyStop: null },
})

/** The same training, in turns of a fixed number of steps: pages open, empty pages in their place. @param pairs turns of each */
export async function measureSlowdown(home: string, pairs: number): Promise<Figure[]> {
  const { page, browser, served, close } = await openLab(home)
  try {
    const views = [page, ...(await Promise.all([1, 2, 3].map(() => openPage(browser, served.url))))]
    const lab = await clientOf(served.url)
    const { workers } = await lab.queue.get()
    const [started] = await lab.studies.start({ content: study(workers) })
    await lab.queue.open()
    const { id } = started!
    await pause(8_000)
    const places = [`#/live/${id}`, '#/history', `#/compare/${id}`, `#/inspect/${id}.full.1`]
    const ratios = { all: [] as number[], live: [] as number[] }
    for (let pair = 0; pair < pairs; pair++) {
      for (const [which, open] of [
        ['all', views],
        ['live', views.slice(0, 1)],
      ] as const) {
        // Every other pair begins with the views, so that what drifts is shared.
        const order = pair % 2 === 0 ? [false, true] : [true, false]
        const times = new Map<boolean, number>()
        for (const shown of order) {
          await Promise.all(
            open.map((view, i) => view.goto(shown ? served.url.replace(/#.*/, places[i]!) : 'about:blank')),
          )
          await pause(SETTLE_MS)
          times.set(shown, await secondsPerStep(lab, id))
        }
        ratios[which].push(100 * (times.get(true)! / times.get(false)! - 1))
        await Promise.all(open.map(view => view.goto('about:blank')))
      }
    }
    const note = `${workers} runs at a time on as many cores; turns of ${STEPS} steps in turn with and without, of each pair the slowing, of all pairs the median; watching is measured, from ${SETTLE_MS / 1000} s after the pages were opened, not the opening`
    return [
      figure(SCENE, 'slower with the live page open', ratios.live, { most: 2 }, { unit: '%', note }),
      figure(
        SCENE,
        'slower with Live, History, Compare and Inspect open at once',
        ratios.all,
        { most: 2 },
        { unit: '%', note },
      ),
    ]
  } finally {
    await close()
  }
}

/** What a step takes, by the clock of those that train: mean over as many steps as a turn has. Validation and checkpoints are left out. */
function secondsPerStep(lab: LabClient, studyId: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const last = new Map<string, number>()
    let [steps, seconds] = [0, 0]
    const leave = lab.live.onProgress(
      { studyId },
      ({ runs }) => {
        for (const { runId, points } of runs) {
          points.steps.forEach((step, i) => {
            const before = last.get(runId)
            last.set(runId, step)
            if (before === undefined || step <= before) return
            steps += step - before
            seconds += (step - before) / points.stepsPerSecond[i]!
          })
        }
        if (steps < STEPS) return
        leave()
        resolve(seconds / steps)
      },
      { onEnd: reject },
    )
  })
}
