import { LabError } from '../../shared/errors.ts'
import type { Model } from '../model.ts'
import type { AnyExecutor, Cohort, Device, OpenOptions } from './device.ts'

/** Opens a cohort; on a device without cohorts one with room for a single run, which can be entered once. @throws what the device throws */
export async function openCohort(
  device: Device,
  model: Model,
  { runs, ...options }: OpenOptions & { readonly runs: number },
): Promise<Cohort<AnyExecutor>> {
  if (device.cohort) return device.cohort(model, { optimizer: options.optimizer, runs })
  const executor = await device.open(model, options)
  let size = 0
  return {
    capacity: 1,
    get size() {
      return size
    },
    join() {
      if (size > 0) throw new LabError('cohort-full', `${device.id} trains one run at a time`)
      size = 1
      return executor
    },
    dispose() {
      if (size === 0) executor.dispose()
    },
  }
}
