import type { Device } from '../../engine/devices/device.ts'
import type { Environment } from '../../shared/records.ts'
import type { StudySpec } from '../../shared/study.ts'
import { runsOf } from '../services/same-training.ts'
import { AUTO, devices as hostDevices } from '../devices/index.ts'
import type { Places } from '../devices/places.ts'
import { checkDevice } from '../services/check-study.ts'
import type { Measured } from './protocol.ts'
import type { Route } from './routed-training.ts'

/**
 * The time of a training step of the study on a device, with so many runs together as there is room for.
 * @param limits.enough seconds of a step above which an exact figure is of no use
 */
export type MeasureStep = (
  study: StudySpec,
  device: Device,
  limits: { readonly together: number; readonly enough: number },
) => Promise<Measured>

export interface DeviceChoiceOptions {
  readonly measure: MeasureStep
  /** @param workers threads that may train, over all devices */
  readonly places: (device: Device, workers: number) => Places
  readonly devices?: readonly Device[]
}

/** On which devices the runs of a study are trained, the fastest first, when `asked` is the device asked for and so many threads may train. */
export type DeviceChoice = (study: StudySpec, asked: string, workers: number) => Promise<readonly Route[]>

/**
 * A device asked for by name is taken as it is. `auto` takes every available device that makes at least as many steps a second as the
 * default one, over as many runs of the study as it trains at a time, and the default one as far as it shortens the whole; without
 * another device nothing is measured. What was measured is kept for studies of the same shape.
 */
export function deviceChoice({ measure, places, devices = hostDevices }: DeviceChoiceOptions): DeviceChoice {
  const known = new Map<string, Promise<readonly Route[]>>()
  return async (study, asked, workers) => {
    if (asked !== AUTO) return [{ device: await checkDevice(asked), most: null }]
    const usable = (
      await Promise.all(
        devices.filter(device => !device.reference).map(async device => ({ device, ...(await device.state()) })),
      )
    ).filter(({ available }) => available)
    const key = JSON.stringify([shapeOf(study), workers, usable.map(({ device, note }) => [device.id, note])])
    const found =
      known.get(key) ?? fastest(study, usable, { measure, workers, placesOn: device => places(device, workers) })
    known.set(key, found)
    found.catch(() => known.delete(key))
    return found
  }
}

interface Usable {
  readonly device: Device
  readonly note: string
}

interface Speed {
  readonly named: Environment['device']
  /** Of a step. */
  readonly seconds: number
  /** Runs that make a step in this time. */
  readonly runs: number
}

const stepsPerSecond = ({ seconds, runs }: Speed): number => runs / seconds

interface Ways {
  readonly measure: MeasureStep
  readonly workers: number
  readonly placesOn: (device: Device) => Places
}

async function fastest(
  study: StudySpec,
  [standard, ...others]: readonly Usable[],
  ways: Ways,
): Promise<readonly Route[]> {
  if (others.length === 0) return [{ device: named(standard!), most: null }]
  const limit = await speedOf(study, standard!, ways)
  const faster: Speed[] = []
  // One after the other: measured side by side they would slow each other down.
  for (const usable of others) {
    const speed = await speedOf(study, usable, ways, limit).catch(() => null)
    if (speed && stepsPerSecond(speed) >= stepsPerSecond(limit)) faster.push(speed)
  }
  faster.sort((a, b) => stepsPerSecond(b) - stepsPerSecond(a))
  const [first, ...next] = faster
  if (!first) return [{ device: limit.named, most: null }]
  const runs = runsOf(study)
  const rest = shareOfDefault(runs, first, { seconds: limit.seconds, threads: ways.workers - 1 })
  const most = rest > 0 && runs <= first.runs ? runs - rest : null
  return [
    { device: first.named, most },
    ...[...next, ...(rest > 0 ? [limit] : [])].map(speed => ({ device: speed.named, most: null })),
  ]
}

/** @param limit a speed below which an exact figure is of no use */
async function speedOf(study: StudySpec, usable: Usable, { measure, placesOn }: Ways, limit?: Speed): Promise<Speed> {
  const places = placesOn(usable.device)
  const runs = runsOf(study)
  const wanted = Math.min(places.together, runs)
  // A device that trains together is one device, however many threads hand it work.
  const threads = places.together > 1 ? 1 : Math.min(places.threads, runs)
  const { seconds, together } = await measure(study, usable.device, {
    together: wanted,
    enough: limit ? (wanted * threads) / stepsPerSecond(limit) : Infinity,
  })
  return { named: named(usable), seconds, runs: together * threads }
}

/** How many of a study's runs other threads, of the default device, train while the fast one trains the rest, so that they end no later than it does. */
function shareOfDefault(
  runs: number,
  fast: Speed,
  { seconds, threads }: Pick<Speed, 'seconds'> & { readonly threads: number },
): number {
  if (threads < 1) return 0
  let share = Math.floor((runs * threads) / seconds / (threads / seconds + stepsPerSecond(fast)))
  while (share > 0 && Math.ceil(share / threads) * seconds > Math.ceil((runs - share) / fast.runs) * fast.seconds)
    share--
  return share
}

const named = ({ device: { id }, note }: Usable): Environment['device'] => ({ id, note })

/** All that the time of a step depends on. */
const shapeOf = ({ task, model, plans, seeds, data, training: { batch, steps, optimizer } }: StudySpec): unknown => ({
  task,
  model,
  frozen: plans.map(({ freeze }) => freeze),
  seeds: seeds.length,
  lengths: data.train.lengths,
  batch,
  steps,
  optimizer,
})
