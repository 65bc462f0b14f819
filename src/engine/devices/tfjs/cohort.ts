import type { Picked } from '../../../shared/study.ts'
import type { Model } from '../../model.ts'
import { LockstepCohort } from '../cohort/cohort.ts'
import type { Tracer } from '../device.ts'
import { TfjsEngine, type TfjsOptions } from './engine.ts'
import type { TensorFlowJs } from './population.ts'

/** @throws InputError for an unknown optimizer or an option out of range, LabError `out-of-memory` */
export const tfjsCohort = (
  tf: TensorFlowJs,
  model: Model,
  { optimizer, tracer, ...options }: { optimizer: Picked; tracer: Tracer } & TfjsOptions,
): LockstepCohort => new LockstepCohort(model, optimizer, new TfjsEngine(tf, model, optimizer, options), tracer)
