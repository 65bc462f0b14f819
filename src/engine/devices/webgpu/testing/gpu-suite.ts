import { afterAll, describe } from 'vitest'
import type { Model } from '../../../model.ts'
import type { Cohort, RemoteExecutor } from '../../device.ts'
import { wasmTracer } from '../../wasm/device.ts'
import { openCohort } from '../device.ts'
import { Gpu } from '../gpu.ts'
import { webgpuDevice } from './device.ts'
import { useSoftwareGpu } from './software-gpu.ts'

useSoftwareGpu()
const { available, note } = await webgpuDevice.state()

/** A suite that needs a GPU, or SwiftShader; where there is none, its name says why it is skipped. */
export function gpuSuite(name: string, suite: () => void): void {
  describe.skipIf(!available)(available ? name : `${name} (skipped: ${note})`, suite)
}

/** Executors of one model that share a cohort, so that what is compiled for one serves all. */
export function opener(optimizer = 'adam', runs = 24): (model: Model) => Promise<RemoteExecutor> {
  let cohort: Promise<Cohort> | undefined
  const entered: RemoteExecutor[] = []
  afterAll(async () => {
    for (const executor of entered) executor.dispose()
    ;(await cohort)?.dispose()
  })
  return async model => {
    cohort ??= Gpu.open().then(gpu =>
      openCohort(gpu, model, { optimizer: { id: optimizer }, runs, tracer: wasmTracer }),
    )
    const executor = (await cohort).join()
    entered.push(executor)
    return executor
  }
}
