import { parseArgs } from 'node:util'
import { buildModel } from '../src/engine/model.ts'
import { initialWeights } from '../src/engine/train/initialise.ts'
import { openCohort } from '../src/engine/devices/open-cohort.ts'
import type { AnyExecutor, Batch } from '../src/engine/devices/device.ts'
import { chance } from '../src/engine/chance.ts'
import { findDevice } from '../src/main/devices/index.ts'
import { tensorflowEnvironment } from '../src/main/devices/tensorflow-load.ts'
import { median } from './measure.ts'
import { MEMORIES } from './ours.ts'
import { CLIP_NORM, HIDDEN, INPUTS, LEARNING_RATE, MODELS, USUAL, type ModelId } from './problem.ts'

/** Time of a run's training step in a cohort, against that of a run alone, on one device. */

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'tensorflow' },
    models: { type: 'string', default: 'lstm,superposition-stack' },
    runs: { type: 'string', default: '40' },
    seeds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '5' },
  },
})
const [runs, seeds, rounds] = [Number(values.runs), Number(values.seeds), Number(values.rounds)]
Object.assign(process.env, tensorflowEnvironment())

/** Lengths 40 … 80, as in the study's training; runs of one seed see the same strings. */
const SHORTEST = 40,
  LONGEST = 80
function batchOf(seed: number, step: number, length?: number): Batch {
  const random = chance(seed).fork(`${step}`)
  const own = length ?? SHORTEST + random.integer(LONGEST - SHORTEST + 1)
  return {
    size: USUAL.batch,
    length: own,
    symbols: Int32Array.from({ length: USUAL.batch * own }, () => random.integer(INPUTS)),
  }
}

async function entered(model: ModelId, count: number): Promise<{ members: AnyExecutor[]; close(): void }> {
  const built = buildModel({ controller: { id: 'lstm', units: HIDDEN }, memory: MEMORIES[model] }, INPUTS)
  const cohort = await openCohort(findDevice(values.device), built, { optimizer: { id: 'adam' }, runs: count })
  const members = Array.from({ length: count }, (_, run) => {
    const executor = cohort.join()
    for (const [name, weights] of initialWeights(built.parameters, 1 + (run % seeds))) executor.write(name, weights)
    return executor
  })
  return {
    members,
    close: () => {
      for (const member of members) member.dispose()
      cohort.dispose()
    },
  }
}

/** Milliseconds a run and step, of the processor and by the clock. */
async function time(
  members: readonly AnyExecutor[],
  steps: readonly number[],
  length?: number,
): Promise<{ processor: number; clock: number }> {
  const [cpu, start] = [process.cpuUsage(), performance.now()]
  await Promise.all(
    members.map(async (member, run) => {
      for (const step of steps)
        await member.step(batchOf(1 + (run % seeds), step, length), {
          learningRate: LEARNING_RATE,
          clipNorm: CLIP_NORM,
        })
    }),
  )
  const { user, system } = process.cpuUsage(cpu)
  const each = members.length * steps.length
  return { processor: (user + system) / 1000 / each, clock: (performance.now() - start) / each }
}

const STEPS = 4
for (const model of MODELS.filter(id => values.models.split(',').includes(id))) {
  const [one, all] = [await entered(model, 1), await entered(model, runs)]
  for (const [title, length] of [
    [`all ${USUAL.length} symbols long`, USUAL.length],
    [`${SHORTEST} to ${LONGEST} symbols long, ${seeds} seeds`, undefined],
  ] as const) {
    const found: { alone: { processor: number; clock: number }; together: { processor: number; clock: number } }[] = []
    for (const members of [one.members, all.members]) await time(members, [0], length)
    for (let round = 0; round < rounds; round++) {
      const steps = Array.from({ length: STEPS }, (_, k) => 1 + round * STEPS + k)
      found.push({ alone: await time(one.members, steps, length), together: await time(all.members, steps, length) })
    }
    const of = (which: 'alone' | 'together', what: 'processor' | 'clock'): number =>
      median(found.map(each => each[which][what]))
    const ratio = (what: 'processor' | 'clock'): string =>
      median(found.map(({ alone, together }) => alone[what] / together[what])).toFixed(1)
    console.log(
      `${values.device}, ${model}, ${title}: alone ${of('alone', 'processor').toFixed(2)} ms a run and step (clock ${of('alone', 'clock').toFixed(2)}), ${runs} together ${of('together', 'processor').toFixed(2)} (clock ${of('together', 'clock').toFixed(2)}): ${ratio('processor')} times as fast (clock ${ratio('clock')})`,
    )
  }
  one.close()
  all.close()
}
