import { multiply, scalar, stateBefore } from '../../algebra/operations.ts'
import { tracing, type Tensor } from '../../algebra/tensor.ts'
import type { Options, ValuesOf } from '../../../shared/options.ts'
import type { Optimizer } from '../../optimizers/optimizer.ts'
import type { ParameterLayout } from '../cohort/parameter-layout.ts'
import { NO_SLOT, type Storage } from '../wasm/storage.ts'
import { termOf } from '../wasm/terms.ts'
import { MATHS, Statements } from './expressions.ts'
import { Layout } from './layout.ts'
import type { Lowered } from './lower.ts'

/** Words before the jobs: how many jobs there are, and where the members begin. */
export const HEADER = { jobs: 0, members: 1, words: 2 } as const
/** Words of a job: one string of a run. */
export const JOB = { slot: 0, length: 1, start: 2, symbols: 3, weight: 4, words: 5 } as const
/** Words of a member: a run that takes part, and its jobs. */
export const MEMBER = { slot: 0, firstJob: 1, jobs: 2, words: 3 } as const
/** Workgroups along the first axis of a dispatch. */
export const ROW_OF_GROUPS = 32768

/** Floats of workgroup memory that scratch may take: more would keep a device from running several workgroups at once. */
const MOST_SHARED = 4096

/** What of the optimizer's work concerns one parameter of one run: whether it is trained, then the numbers that its elements share. */
export interface Controls { readonly scalars: readonly string[], readonly perParameter: number, readonly words: number }

export function controlsOf(optimizer: Optimizer, options: ValuesOf<Options>, parameters: ParameterLayout): Controls {
  const scalars = Object.keys(optimizer.scalars(1, 1, options))
  return { scalars, perParameter: 1 + scalars.length, words: 1 + parameters.places.size * (1 + scalars.length) }
}

export interface Sizes { readonly threads: number, readonly endOfSequence: number, readonly sections: number, readonly parameters: ParameterLayout }

const JOB_VARIABLES = (sections: number, floats: number): string => `
let job_at = ${HEADER.words} + job * ${JOB.words};
let weightsAt = input[job_at + ${JOB.slot}] * ${sections * floats};
let length = input[job_at + ${JOB.length}];
let start = input[job_at + ${JOB.start}];
let symbols = input[job_at + ${JOB.symbols}];
let weight = bitcast<f32>(input[job_at + ${JOB.weight}]);`

const SYMBOLS = (end: number): string => `
let input_symbol = input[symbols + max(t, 1) - 1];
var target_symbol = ${end};
if (t < length) { target_symbol = input[symbols + t]; }`

/** Forward, loss and backward of one string a workgroup, all steps in one dispatch. Bindings: weights, input, work, results. */
export function sequenceShader({ layout, zeroFloats, step, output, start, back, nats, correct }: Lowered, { threads, endOfSequence, sections, parameters }: Sizes): string {
  const shared = layout.scratchFloats <= MOST_SHARED
  const clock = `${layout.clock()}\n${SYMBOLS(endOfSequence)}`
  return `
const THREADS = ${threads};
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> input: array<i32>;
@group(0) @binding(2) var<storage, read_write> work: array<f32>;
@group(0) @binding(3) var<storage, read_write> results: array<f32>;
${shared ? `var<workgroup> shared_scratch: array<f32, ${Math.max(1, layout.scratchFloats)}>;` : ''}
${MATHS}
${layout.rowsFunction()}
@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
let lid = i32(local);
let job = i32(group.x + group.y * ${ROW_OF_GROUPS}u);
if (job >= input[${HEADER.jobs}]) { return; }
${JOB_VARIABLES(sections, parameters.floats)}
${layout.prologue(shared)}
for (var e = lid; e < ${zeroFloats}; e += THREADS) { work[frameBase + e] = 0f; }
var nats = 0f;
var correct = 0f;
workgroupBarrier();
storageBarrier();
for (var t = 0; t <= length; t += 1) {
${clock}
if (t > 0) {
${step}
}
${output}
if (lid == 0) { nats += ${nats}; ${correct ? `correct += ${correct};` : ''} }
workgroupBarrier();
storageBarrier();
}
if (lid == 0) { results[job * 2] = nats; results[job * 2 + 1] = correct; }
${back === '' ? '' : `{
let t = length;
${clock}
${start}
}
for (var t = length; t > 0; t -= 1) {
${clock}
${back}
}`}
}`.replaceAll('SCRATCH[', shared ? 'shared_scratch[' : 'work[')
}

/** Adds the gradients of a run's strings, one thread an element. Bindings: weights, input, work, gradients. */
export function gradientShader({ layout, gradients }: Lowered, { threads, endOfSequence, sections, parameters }: Sizes): string {
  const clock = `${layout.clock()}\n${SYMBOLS(endOfSequence)}`
  const branches = [...gradients].map(([name, { step, output }]) => {
    const { offset, size } = parameters.of(name)
    const code = [step && `if (t > 0) {\n${step}\n}`, output && `{\n${output}\n}`].filter(part => part).join('\n')
    return `if (e >= ${offset} && e < ${offset + size}) {\nlet own = e - ${offset};\n${code}\n}`
  })
  return `
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> input: array<i32>;
@group(0) @binding(2) var<storage, read_write> work: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradients: array<f32>;
${MATHS}
${layout.rowsFunction()}
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3u) {
let e = i32(id.x);
let member = input[${HEADER.members}] + i32(id.y) * ${MEMBER.words};
if (e >= ${parameters.floats}) { return; }
let slot = input[member + ${MEMBER.slot}];
let first = input[member + ${MEMBER.firstJob}];
let count = input[member + ${MEMBER.jobs}];
var total = 0f;
for (var job = first; job < first + count; job += 1) {
${JOB_VARIABLES(sections, parameters.floats)}
${layout.prologue(true)}
var sum = 0f;
for (var t = 0; t <= length; t += 1) {
${clock}
${branches.join('\n')}
}
total += sum;
}
gradients[slot * ${parameters.floats} + e] += total;
}`
}

/** Sums of squares of each parameter's gradient, and the factor that clips: one workgroup a run. Bindings: slots, gradients, controls, norms. */
export function normShader({ threads, parameters }: Sizes, { perParameter, words }: Controls): string {
  const count = parameters.places.size
  return `
const THREADS = ${threads};
@group(0) @binding(0) var<storage, read> slots: array<i32>;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> controls: array<f32>;
@group(0) @binding(3) var<storage, read_write> norms: array<f32>;
const PARTS = array<vec2i, ${count}>(${[...parameters.places.values()].map(({ offset, size }) => `vec2i(${offset}, ${size})`).join(', ')});
var<workgroup> partial: array<f32, THREADS>;
@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
let lid = i32(local);
let member = i32(group.x);
let at = slots[member] * ${parameters.floats};
var total = 0f;
for (var p = 0; p < ${count}; p += 1) {
var parts = PARTS;
let part = parts[p];
var sum = 0f;
for (var e = lid; e < part.y; e += THREADS) { let g = gradients[at + part.x + e]; sum += g * g; }
partial[lid] = sum;
workgroupBarrier();
for (var half = THREADS / 2; half > 0; half /= 2) {
if (lid < half) { partial[lid] += partial[lid + half]; }
workgroupBarrier();
}
if (lid == 0) {
norms[member * ${count + 1} + 1 + p] = partial[0];
if (controls[member * ${words} + 1 + p * ${perParameter}] != 0f) { total += partial[0]; }
}
workgroupBarrier();
}
if (lid == 0) {
let clip = controls[member * ${words}];
norms[member * ${count + 1}] = select(1f, min(1f, clip / (sqrt(total) + 1e-6f)), clip >= 0f);
}
}`
}

/** The optimizer's rule, one thread an element. What is not trained is not touched. Bindings: slots, store, gradients, controls, norms, owners. */
export function updateShader(optimizer: Optimizer, options: ValuesOf<Options>, { threads, sections, parameters }: Sizes, { scalars, perParameter, words }: Controls): string {
  const layout = new Layout(undefined, false)
  const place = (name: string): Storage => ({ base: { global: layout.variable(name), offset: 0 }, strides: [0], lanes: true, slot: NO_SLOT, extent: 1 })
  const code = tracing(() => {
    const leaf = (name: string): Tensor => stateBefore(name, [1])
    const { weight, slots } = optimizer.update({
      weight: leaf('weight_at'), gradient: multiply(scalar('scale'), leaf('gradient_at')),
      slots: Object.fromEntries(optimizer.slots.map((name, k) => [name, leaf(`slot${k}_at`)])),
      scalars: Object.fromEntries(scalars.map(name => [name, scalar(name)])),
    }, options)
    const statements = new Statements({
      layout, array: ({ base }) => layout.nameOf(base.global!) === 'gradient_at' ? 'gradients' : 'store',
      scalar: name => name === 'scale' ? 'scale' : `controls[control + ${1 + scalars.indexOf(name)}]`,
    }, [])
    const value = (tensor: Tensor): string => statements.value(termOf(tensor, [{ level: 0, add: 0 }], { stored: ({ op }) => op.kind === 'state' ? place(op.name) : undefined, extent: () => 1 }))
    const results = [['weight_at', value(weight)], ...optimizer.slots.map((name, k) => [`slot${k}_at`, value(slots[name]!)])]
    return [...statements.lines, ...results.map(([at, result]) => `store[${at}] = ${result};`)].join('\n')
  })
  return `
@group(0) @binding(0) var<storage, read> slots: array<i32>;
@group(0) @binding(1) var<storage, read_write> store: array<f32>;
@group(0) @binding(2) var<storage, read> gradients: array<f32>;
@group(0) @binding(3) var<storage, read> controls: array<f32>;
@group(0) @binding(4) var<storage, read> norms: array<f32>;
@group(0) @binding(5) var<storage, read> owners: array<u32>;
${MATHS}
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3u) {
let e = i32(id.x);
let member = i32(id.y);
if (e >= ${parameters.floats}) { return; }
let control = member * ${words} + 1 + i32(owners[e]) * ${perParameter};
if (controls[control] == 0f) { return; }
let slot = slots[member];
let scale = norms[member * ${parameters.places.size + 1}];
let gradient_at = slot * ${parameters.floats} + e;
let weight_at = slot * ${sections * parameters.floats} + e;
${optimizer.slots.map((_, k) => `let slot${k}_at = weight_at + ${(k + 1) * parameters.floats};`).join('\n')}
${code}
}`
}
