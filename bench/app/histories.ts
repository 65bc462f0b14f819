import type { RunEvent } from '../../src/shared/run-events.ts'
import { scored } from '../../src/shared/score.ts'
import { parseStudy } from '../../src/shared/study.ts'
import { chance } from '../../src/engine/chance.ts'
import { openRig, TINY, trained, type Rig } from '../../src/main/app/testing/rig.ts'
import { ENVIRONMENT } from '../../src/main/history/testing/events.ts'

/** Histories to measure on. */

export const CURVE_RUNS = 100
export const POINTS = 10_000
const TASKS = ['marked-reversal', 'marked-copy', 'count-3', 'padded-reversal']
const EPOCHS = 50
const source = chance(1)

/** Of one run: `points` progress points and the ends of `epochs` epochs, in their order. */
function runEvents(points: number, epochs: number): RunEvent[] {
  const bins = [
    ['40-100', 40],
    ['40-100', 41],
    ['100-200', 101],
    ['200-400', 201],
  ] as const
  const stepsPerEpoch = Math.max(1, points / epochs)
  const learning = Array.from({ length: epochs }, (_, epoch): RunEvent[] => [
    ...Array.from({ length: points / epochs }, (_, i): RunEvent => {
      const step = epoch * stepsPerEpoch + i + 1
      return {
        kind: 'progress',
        epoch,
        step,
        stepsPerEpoch,
        loss: 1 / step + 0.01 * source.uniform(),
        gradientNorm: { controller: source.uniform(), memory: source.uniform(), classifier: source.uniform() },
        stepsPerSecond: 100,
      }
    }),
    {
      kind: 'epoch',
      epoch,
      step: (epoch + 1) * stepsPerEpoch,
      learningRate: 0.001,
      trainLoss: source.uniform(),
      validation: scored({
        strings: 10,
        symbols: 100,
        nats: 50 * source.uniform(),
        correct: 70,
        boundNats: 20,
        lengthNats: 10 * Math.log(21),
      }),
      best: true,
      frozen: [],
      hashes: {},
      frozenHash: null,
      frozenIntact: true,
      gradientNorm: {},
      updateNorm: { controller: source.uniform(), memory: source.uniform(), classifier: source.uniform() },
      stepsPerSecond: 100,
    },
  ]).flat()
  return [
    {
      kind: 'start',
      epoch: 0,
      learningRate: 0.001 * (1 + source.integer(9)),
      parameters: [{ name: 'memory.a.b', component: 'memory', shape: [2, 3] }],
      stepsPerEpoch,
      epochs,
      resumed: false,
    },
    ...learning,
    {
      kind: 'evaluation',
      which: 'best',
      scores: bins.map(([bin, length]) => ({
        bin,
        length,
        ...scored({
          strings: 10,
          symbols: 10 * (length + 1),
          nats: 3 * length,
          correct: 8 * length + source.integer(100),
          boundNats: 2 * length,
          lengthNats: 10 * Math.log(31),
        }),
      })),
    },
    { kind: 'done', reason: 'finished', epochs, bestEpoch: 0 },
  ]
}

function addStudy({ lab: { history } }: Rig, study: Record<string, unknown>, points: number, epochs: number): string {
  const { id } = history.studies.add(parseStudy(study))
  const runs = history.runs.list({ studies: [id] })
  for (const run of runs) history.runs.claim(run.id, { environment: ENVIRONMENT })
  for (const run of runs) history.recordAll(runEvents(points, epochs).map(event => ({ runId: run.id, event })))
  return id
}

/** 50 studies of 200 runs, all finished. */
export function fillTable(rig: Rig): void {
  for (let i = 0; i < 50; i++) addStudy(rig, { name: `Study ${i}`, task: { id: TASKS[i % 4] }, seeds: 50 }, 0, 1)
}

/** One study of 100 runs of 10,000 points. @returns its id */
export const fillCurves = (rig: Rig): string =>
  addStudy(
    rig,
    { name: 'Curves', task: { id: 'marked-reversal' }, plans: ['full', 'frozen-memory'], seeds: CURVE_RUNS / 2 },
    POINTS,
    EPOCHS,
  )

/** A study of eight runs that some process trains. @returns its id and those of the runs */
export function fillRunning({ lab: { history } }: Rig): { studyId: string; runs: string[] } {
  const { id } = history.studies.add(
    parseStudy({ name: 'Running', task: { id: 'marked-reversal' }, plans: ['full', 'frozen-memory'], seeds: 4 }),
  )
  const runs = history.runs.list({ studies: [id] }).map(run => run.id)
  for (const runId of runs) {
    history.runs.claim(runId, { environment: ENVIRONMENT })
    history.recordAll(
      runEvents(1_000, 10)
        .slice(0, -2)
        .map(event => ({ runId, event })),
    )
  }
  return { studyId: id, runs }
}

/** Trained in earnest: a stack 32 wide whose strings may be 1,001 long, its weights kept at every epoch. @returns the run's id */
export async function fillTrace(rig: Rig): Promise<string> {
  const { id } = await trained(rig, {
    ...TINY,
    name: 'Wide',
    model: { controller: { id: 'lstm', units: 20 }, memory: { id: 'superposition-stack', widths: [32] } },
    plans: ['full'],
    seeds: [1],
    training: { batch: 10, epochs: 12, snapshots: 12, earlyStop: null },
  })
  return `${id}.full.1`
}

/** Makes a history in `home`, and closes it. */
export async function makeHistory<T>(home: string, fill: (rig: Rig) => T): Promise<Awaited<T>> {
  const rig = openRig(home)
  try {
    return await fill(rig)
  } finally {
    await rig.close()
  }
}
