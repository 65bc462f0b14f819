import { z } from 'zod'
import type { Across } from '../../shared/across.ts'
import type { Comparison } from '../../shared/comparison.ts'
import type {
  AutomatonRun,
  IdealStacks,
  LengthCurves,
  MemoryUse,
  ModelPreview,
  OptimalPrediction,
  ScoredString,
  StackFidelity,
  StudyCheck,
  TaskPreview,
  Trace,
  TraceString,
} from '../../shared/contract/index.ts'
import { record } from '../../shared/contract/values.ts'
import type { Weights } from '../../shared/records.ts'
import { call } from '../../shared/rpc/contract.ts'
import type { ModelChoice, Picked, StudySpec } from '../../shared/study.ts'
import type { AcrossInput, AcrossOptions } from '../services/comparison/across.ts'
import type { ComparisonInput, ComparisonOptions } from '../services/comparison/input.ts'
import type { StudyFigures } from '../services/reproduction/figures.ts'
import type { Band } from './bands.ts'
import type { Estimated, EstimateInput } from './estimate.ts'
import type { limitsAt, PreviewInput } from './preview-task.ts'
import type { Trained } from './executors.ts'
import type { StringsInput } from './scored-strings.ts'

/** What the host has worked out in a thread of its own, so that its main thread stays free. Both ends are ours: nothing is checked but that it is there. */
export const analysisContract = {
  preview: {
    task: call(record<PreviewInput>(), record<TaskPreview>()),
    model: call(record<{ task: Picked; model: ModelChoice }>(), record<ModelPreview>()),
    study: call(record<{ content: unknown }>(), record<StudyCheck>()),
    limits: call(record<{ task: Picked; lengths: readonly number[] }>(), record<ReturnType<typeof limitsAt>>()),
    estimate: call(record<EstimateInput>(), record<Estimated>()),
    /** Steps of one epoch, and what the head of a study's models tells apart. */
    sizes: call(record<{ study: StudySpec }>(), record<{ stepsPerEpoch: number; classes: number }>()),
    /** How many lengths of each bin have strings. */
    /** How many lengths have strings in each range. */
    countLengths: call(
      record<{ task: StudySpec['task']; ranges: readonly (readonly [number, number])[] }>(),
      record<number[]>(),
    ),
  },
  traces: {
    get: call(
      record<{ trained: Trained; string: TraceString; depth: number; cells: 'whole' | 'lengths' }>(),
      record<Omit<Trace, 'runId' | 'weights' | 'epoch'>>(),
    ),
    optimal: call(
      record<{ study: StudySpec; string: TraceString }>(),
      z.custom<OptimalPrediction | null>(value => typeof value === 'object'),
    ),
    ideal: call(
      record<{ study: StudySpec; string: TraceString; depth: number }>(),
      record<{ note: string; ideal: IdealStacks | null }>(),
    ),
    fidelity: call(
      record<{ trained: Trained; string: TraceString }>(),
      z.custom<StackFidelity | null>(value => typeof value === 'object'),
    ),
    automaton: call(
      record<{ trained: Trained; string: TraceString }>(),
      z.custom<AutomatonRun | null>(value => typeof value === 'object'),
    ),
    memoryUse: call(
      record<{ trained: Trained }>(),
      z.custom<MemoryUse | null>(value => typeof value === 'object'),
    ),
    strings: call(record<StringsInput & { trained: Trained }>(), record<ScoredString[]>()),
  },
  comparison: {
    get: call(record<{ input: ComparisonInput; options: Omit<ComparisonOptions, 'random'> }>(), record<Comparison>()),
    across: call(
      record<{ inputs: readonly AcrossInput[]; options: Omit<AcrossOptions, 'random'> }>(),
      record<Across>(),
    ),
    /** What the published study is held against. */
    figures: call(record<ComparisonInput>(), record<StudyFigures>()),
    lengths: call(record<{ input: ComparisonInput; weights: Weights }>(), record<LengthCurves>()),
    bands: call(record<{ groups: readonly (readonly Float64Array[])[] }>(), record<Band[]>()),
  },
}

export type AnalysisContract = typeof analysisContract
