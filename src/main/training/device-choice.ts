import type { Device } from '../../engine/devices/device.ts'
import type { Environment } from '../../shared/records.ts'
import type { StudySpec } from '../../shared/study.ts'
import { AUTO, devices as hostDevices } from '../devices/index.ts'
import { checkDevice } from '../services/check-study.ts'

/** Seconds of one training step of a run of the study on a device. */
export type MeasureStep = (study: StudySpec, device: Device) => Promise<number>

export interface DeviceChoiceOptions {
  readonly measure: MeasureStep
  readonly devices?: readonly Device[]
}

/** On which devices the runs of a study are trained, the fastest first, when `asked` is the device asked for. */
export type DeviceChoice = (study: StudySpec, asked: string) => Promise<readonly Environment['device'][]>

/**
 * A device asked for by name is taken as it is. `auto` takes the default device, and every other available one whose measured step is
 * not slower; without another one nothing is measured. What was measured is kept for studies of the same shape.
 */
export function deviceChoice({ measure, devices = hostDevices }: DeviceChoiceOptions): DeviceChoice {
  const known = new Map<string, Promise<readonly Environment['device'][]>>()
  return async (study, asked) => {
    if (asked !== AUTO) return [await checkDevice(asked)]
    const usable = (await Promise.all(devices.filter(device => !device.reference).map(async device => ({ device, ...await device.state() })))).filter(({ available }) => available)
    const key = JSON.stringify([shapeOf(study), usable.map(({ device, note }) => [device.id, note])])
    const found = known.get(key) ?? fastest(study, usable, measure)
    known.set(key, found)
    found.catch(() => known.delete(key))
    return found
  }
}

interface Usable { readonly device: Device, readonly note: string }

async function fastest(study: StudySpec, [standard, ...others]: readonly Usable[], measure: MeasureStep): Promise<readonly Environment['device'][]> {
  const named = ({ device: { id }, note }: Usable): Environment['device'] => ({ id, note })
  if (others.length === 0) return [named(standard!)]
  const limit = await measure(study, standard!.device)
  const faster: { usable: Usable, seconds: number }[] = []
  // One after the other: measured side by side they would slow each other down.
  for (const usable of others) {
    const seconds = await measure(study, usable.device).catch(() => Infinity)
    if (seconds <= limit) faster.push({ usable, seconds })
  }
  return [...faster.sort((a, b) => a.seconds - b.seconds).map(({ usable }) => named(usable)), named(standard!)]
}

/** All that the time of a step depends on. */
const shapeOf = ({ task, model, plans, data, training: { batch, steps, optimizer } }: StudySpec): unknown =>
  ({ task, model, frozen: plans[0]!.freeze, lengths: data.train.lengths, batch, steps, optimizer })
