import { multiply, scalar, stateBefore } from '../../algebra/operations.ts'
import { tracing, type Tensor } from '../../algebra/tensor.ts'
import type { Options, ValuesOf } from '../../../shared/options.ts'
import type { Optimizer } from '../../optimizers/optimizer.ts'
import { NO_SLOT, type Storage } from '../lowering/storage.ts'
import { termOf } from '../lowering/terms.ts'
import { MATHS, Statements } from './expressions.ts'
import { Layout } from './layout.ts'
import type { ParameterLayout } from '../cohort/parameter-layout.ts'
import type { Sizes } from './shaders.ts'

/** What of the optimizer's work concerns one parameter of one run: whether it is trained, then the numbers that its elements share. */
export interface Controls {
  readonly scalars: readonly string[]
  readonly perParameter: number
  readonly words: number
}

export function controlsOf(optimizer: Optimizer, options: ValuesOf<Options>, parameters: ParameterLayout): Controls {
  const scalars = Object.keys(optimizer.scalars(1, 1, options))
  return { scalars, perParameter: 1 + scalars.length, words: 1 + parameters.places.size * (1 + scalars.length) }
}

/** Elements of a gradient whose squares one workgroup sums. */
const BLOCK = 4096

/** Parts of the parameters, each of one parameter: its number, first element and size. Parameter after parameter. */
export function blocksOf({ places }: ParameterLayout): { index: number; offset: number; size: number }[] {
  return [...places.values()].flatMap(({ index, offset, size }) =>
    Array.from({ length: Math.ceil(size / BLOCK) }, (_, k) => ({
      index,
      offset: offset + k * BLOCK,
      size: Math.min(BLOCK, size - k * BLOCK),
    })),
  )
}

/** Adds up what the threads of a workgroup have in `partial`. */
const SUMMED = `workgroupBarrier();
for (var half = THREADS / 2; half > 0; half /= 2) {
if (lid < half) { partial[lid] += partial[lid + half]; }
workgroupBarrier();
}`

/** Sums of squares of the gradients of one block of one run, a workgroup each. Bindings: slots, gradients, blocks, sums. */
export function squaresShader({ threads, parameters }: Sizes): string {
  return `
const THREADS = ${threads};
@group(0) @binding(0) var<storage, read> slots: array<i32>;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> blocks: array<vec2i>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;
var<workgroup> partial: array<f32, THREADS>;
@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
let lid = i32(local);
let block = blocks[group.x];
let at = slots[group.y] * ${parameters.floats} + block.x;
var sum = 0f;
for (var e = lid; e < block.y; e += THREADS) { let g = gradients[at + e]; sum += g * g; }
partial[lid] = sum;
${SUMMED}
if (lid == 0) { sums[group.y * groups.x + group.x] = partial[0]; }
}`
}

/** Sums of squares of each parameter's gradient, and the factor that clips: one workgroup a run. Bindings: sums of the blocks, controls, norms. */
export function normShader({ threads, parameters }: Sizes, { perParameter, words }: Controls): string {
  const blocks = blocksOf(parameters)
  const count = parameters.places.size
  const ranges = [...parameters.places.values()].map(
    ({ index }) =>
      `vec2i(${blocks.findIndex(block => block.index === index)}, ${blocks.findLastIndex(block => block.index === index) + 1})`,
  )
  return `
const THREADS = ${threads};
@group(0) @binding(0) var<storage, read> sums: array<f32>;
@group(0) @binding(1) var<storage, read> controls: array<f32>;
@group(0) @binding(2) var<storage, read_write> norms: array<f32>;
const RANGES = array<vec2i, ${count}>(${ranges.join(', ')});
var<workgroup> partial: array<f32, THREADS>;
@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
let lid = i32(local);
let member = i32(group.x);
let at = member * ${blocks.length};
var ranges = RANGES;
var total = 0f;
for (var p = 0; p < ${count}; p += 1) {
var sum = 0f;
for (var block = ranges[p].x + lid; block < ranges[p].y; block += THREADS) { sum += sums[at + block]; }
partial[lid] = sum;
${SUMMED}
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
export function updateShader(
  optimizer: Optimizer,
  options: ValuesOf<Options>,
  { threads, sections, parameters }: Sizes,
  { scalars, perParameter, words }: Controls,
): string {
  const layout = new Layout(undefined, 'strings', false)
  const place = (name: string): Storage => ({
    base: { global: layout.variable(name), offset: 0 },
    strides: [0],
    lanes: true,
    slot: NO_SLOT,
    extent: 1,
  })
  const code = tracing(() => {
    const leaf = (name: string): Tensor => stateBefore(name, [1])
    const { weight, slots } = optimizer.update(
      {
        weight: leaf('weight_at'),
        gradient: multiply(scalar('scale'), leaf('gradient_at')),
        slots: Object.fromEntries(optimizer.slots.map((name, k) => [name, leaf(`slot${k}_at`)])),
        scalars: Object.fromEntries(scalars.map(name => [name, scalar(name)])),
      },
      options,
    )
    const statements = new Statements(
      {
        layout,
        array: ({ base }) => (layout.nameOf(base.global!) === 'gradient_at' ? 'gradients' : 'store'),
        scalar: name => (name === 'scale' ? 'scale' : `controls[control + ${1 + scalars.indexOf(name)}]`),
      },
      [],
    )
    const value = (tensor: Tensor): string =>
      statements.value(
        termOf(tensor, [{ level: 0, add: 0 }], {
          stored: ({ op }) => (op.kind === 'state' ? place(op.name) : undefined),
          extent: () => 1,
        }),
      )
    const results = [
      ['weight_at', value(weight)],
      ...optimizer.slots.map((name, k) => [`slot${k}_at`, value(slots[name]!)]),
    ]
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
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
let member = i32(id.y);
for (var e = i32(id.x); e < ${parameters.floats}; e += i32(groups.x) * ${threads}) {
let control = member * ${words} + 1 + i32(owners[e]) * ${perParameter};
if (controls[control] == 0f) { continue; }
let slot = slots[member];
let scale = norms[member * ${parameters.places.size + 1}];
let gradient_at = slot * ${parameters.floats} + e;
let weight_at = slot * ${sections * parameters.floats} + e;
${optimizer.slots.map((_, k) => `let slot${k}_at = weight_at + ${(k + 1) * parameters.floats};`).join('\n')}
${code}
}
}`
}
