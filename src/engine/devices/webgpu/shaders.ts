import { isStatic } from '../../algebra/tensor.ts'
import type { ParameterLayout } from '../cohort/parameter-layout.ts'
import { MATHS, maskName } from './expressions.ts'
import { SHARED_EACH, SHARED_SUMS } from './kernels.ts'
import { predictsFrom, type Lowered } from './lower.ts'

/** Words before the jobs: how many jobs there are, where the members begin, where the segments begin and how many there are. */
export const HEADER = { jobs: 0, members: 1, segments: 2, segmentCount: 3, words: 4 } as const
/** Words of a job: one string of a run. Masks and the state carried on are -1 where there are none. */
export const JOB = {
  slot: 0,
  length: 1,
  start: 2,
  symbols: 3,
  weight: 4,
  age: 5,
  masks: 6,
  carried: 7,
  results: 8,
  words: 9,
} as const
/** Words of a member: a run that takes part, and its jobs. */
export const MEMBER = { slot: 0, firstJob: 1, jobs: 2, words: 3 } as const
/** Words of a segment: a run, a symbol, and from where to where the steps that read it are listed. */
export const SEGMENT = { slot: 0, symbol: 1, from: 2, to: 3, words: 4 } as const
/** Workgroups along the first axis of a dispatch. */
export const ROW_OF_GROUPS = 32768

/** Floats of workgroup memory that every device has. */
const SHARED_FLOATS = 4096

export interface Sizes {
  /** Threads of a workgroup that takes a whole string, and of one that takes all classes of a prediction. */
  readonly threads: number
  readonly wideThreads: number
  /** Threads along each side of a tile of a product. */
  readonly tileThreads: number
  readonly sections: number
  readonly parameters: ParameterLayout
}

/** Declares all about the job `job`. */
export function jobVariables(
  { layout, model }: Lowered,
  { sections, parameters }: Sizes,
  scratchIsShared: boolean,
): string {
  let widths = 0
  const masks = model.masks.map(({ width }, k) => {
    widths += width
    return `let ${maskName(k)}Base = masks + (length + 1) * ${widths - width};`
  })
  return `
let job_at = ${HEADER.words} + job * ${JOB.words};
let weightsAt = input[job_at + ${JOB.slot}] * ${sections * parameters.floats};
let length = input[job_at + ${JOB.length}];
let start = input[job_at + ${JOB.start}];
let symbols = input[job_at + ${JOB.symbols}];
let weight = bitcast<f32>(input[job_at + ${JOB.weight}]);
let age = input[job_at + ${JOB.age}];
let masks = input[job_at + ${JOB.masks}];
${masks.join('\n')}
${layout.prologue(scratchIsShared)}`
}

/** Declares what time step `t` reads, and where everything lies then. */
export const clock = ({ layout, model }: Lowered): string => `${layout.clock()}
let input_symbol = input[symbols + max(t, 1) - 1];
let target_symbol = input[symbols + t];
${model.masks.map(({ width }, k) => `let ${maskName(k)} = ${maskName(k)}Base + t * ${width};`).join('\n')}`

/** The beginning of every shader. Bindings: weights, input, work, and what is written besides. */
export const opening = ({ layout }: Lowered, written: 'results' | 'gradients'): string => `
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> input: array<i32>;
@group(0) @binding(2) var<storage, read_write> work: array<f32>;
@group(0) @binding(3) var<storage, read_write> ${written}: array<f32>;
${MATHS}
${layout.rowsFunction()}`

const SYNCHRONISED = 'workgroupBarrier();\nstorageBarrier();'

/** Forward and backward of one string a workgroup, all steps in one dispatch; what lies between them too, where predictions are made step by step. */
export function sequenceShader(lowered: Lowered, sizes: Sizes, part: 'whole' | 'forward' | 'backward'): string {
  const { layout, model, zeroFloats, load, save, step, output, start, back, nats, correct } = lowered
  const shared = layout.scratchFloats <= SHARED_FLOATS - SHARED_EACH * sizes.threads
  const first = predictsFrom(model),
    ticks = clock(lowered),
    isText = model.reads === 'text'
  const prediction =
    typeof output !== 'string'
      ? ''
      : `
if (t >= ${first}) {
${output}
if (lid == 0) {
${isText ? `results[results_at + 2 * (t - 1)] = ${nats}; ${correct ? `results[results_at + 2 * (t - 1) + 1] = ${correct};` : ''}` : `nats += ${nats}; ${correct ? `correct += ${correct};` : ''}`}
}
${SYNCHRONISED}
}`
  const forward =
    part === 'backward'
      ? ''
      : `
${[...model.graph.states.values()].some(isStatic) ? `for (var e = lid; e < ${zeroFloats}; e += THREADS) { work[frameBase + e] = 0f; }` : ''}
${SYNCHRONISED}
${
  isText
    ? `if (carried >= 0) {
let t = 0;
${ticks}
${load}
}
${SYNCHRONISED}`
    : ''
}
var nats = 0f;
var correct = 0f;
for (var t = 0; t <= length; t += 1) {
${ticks}
if (t > 0) {
${step}
}
${prediction}
}
${typeof output === 'string' && !isText ? 'if (lid == 0) { results[results_at] = nats; results[results_at + 1] = correct; }' : ''}
${
  isText
    ? `{
let t = length;
${ticks}
let state = results_at + 2 * length;
${save}
}`
    : ''
}`
  const backward =
    part === 'forward' || back === ''
      ? ''
      : `{
let t = length;
${ticks}
${start}
}
for (var t = length; t > 0; t -= 1) {
${ticks}
${back}
}`
  return `
const THREADS = ${sizes.threads};
${opening(lowered, 'results')}
${shared ? `var<workgroup> shared_scratch: array<f32, ${Math.max(1, layout.scratchFloats)}>;` : ''}
${SHARED_SUMS}
@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
let lid = i32(local);
let job = i32(group.x + group.y * ${ROW_OF_GROUPS}u);
if (job >= input[${HEADER.jobs}]) { return; }
${jobVariables(lowered, sizes, shared)}
let results_at = input[job_at + ${JOB.results}];
let carried = input[job_at + ${JOB.carried}];
${forward}
${backward}
}`.replaceAll('SCRATCH[', shared ? 'shared_scratch[' : 'work[')
}

/** Code that concerns one step, a workgroup each: time steps from `first` on along the first axis, jobs along the second. @param scored whether the score of the step's prediction is then there */
export function stageShader(lowered: Lowered, code: string, first: 0 | 1, sizes: Sizes, scored: boolean): string {
  const { nats, correct } = lowered
  return `
const THREADS = ${sizes.wideThreads};
${opening(lowered, 'results')}
${SHARED_SUMS}
@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
let lid = i32(local);
let t = i32(group.x) + ${first};
let job = i32(group.y);
${jobVariables(lowered, sizes, true)}
if (t > length) { return; }
${clock(lowered)}
${code}
${
  scored
    ? `if (lid == 0) {
let at = input[job_at + ${JOB.results}] + 2 * (t - ${first});
results[at] = ${nats};
${correct ? `results[at + 1] = ${correct};` : ''}
}`
    : ''
}
}`
}

/** Adds the gradients of a run's strings, one thread an element, for parameters that are no large products. */
export function gradientShader(lowered: Lowered, sizes: Sizes): string {
  const { gradients, model } = lowered
  const { parameters } = sizes
  let elements = 0
  const branches = [...gradients].map(([name, { step, output }]) => {
    const { offset, size } = parameters.of(name)
    const code = [step && `if (t > 0) {\n${step}\n}`, output && `if (t >= ${predictsFrom(model)}) {\n${output}\n}`]
      .filter(part => part)
      .join('\n')
    const from = elements
    elements += size
    return {
      place: `if (e >= ${from} && e < ${elements}) { place = ${offset - from} + e; }`,
      code: `if (e >= ${from} && e < ${elements}) {\nlet own = e - ${from};\n${code}\n}`,
    }
  })
  return `
${opening(lowered, 'gradients')}
@compute @workgroup_size(${sizes.threads})
fn main(@builtin(global_invocation_id) id: vec3u) {
let e = i32(id.x);
let member = input[${HEADER.members}] + i32(id.y) * ${MEMBER.words};
if (e >= ${elements}) { return; }
let slot = input[member + ${MEMBER.slot}];
let first = input[member + ${MEMBER.firstJob}];
let count = input[member + ${MEMBER.jobs}];
var total = 0f;
for (var job = first; job < first + count; job += 1) {
${jobVariables(lowered, sizes, true)}
var sum = 0f;
for (var t = 0; t <= length; t += 1) {
${clock(lowered)}
${branches.map(({ code }) => code).join('\n')}
}
total += sum;
}
var place = 0;
${branches.map(({ place }) => place).join('\n')}
gradients[slot * ${parameters.floats} + place] += total;
}`
}

/** Elements that `gradientShader` has a thread for. */
export const gradientElements = ({ gradients }: Lowered, parameters: ParameterLayout): number =>
  [...gradients.keys()].reduce((sum, name) => sum + parameters.of(name).size, 0)
