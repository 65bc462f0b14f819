import { predictsFrom, type Lowered, type Outer, type Product, type Scatter, type Vector } from './lower.ts'
import { clock, HEADER, jobVariables, MEMBER, opening, ROW_OF_GROUPS, SEGMENT, JOB, type Sizes } from './shaders.ts'

/** Elements of a tile for each of its threads, along each side. */
const EACH = 4
/** Terms of a sum that are brought into workgroup memory together. */
const DEPTH = 16

/** Floats along each side of a tile. */
export const tileSide = ({ tileThreads }: Sizes): number => tileThreads * EACH

/** `place_of(job, t, number)`: where the two vectors of a product begin at a time step. */
const placesFunction = (lowered: Lowered, sizes: Sizes, pairs: readonly (readonly [Vector, Vector])[]): string => `
fn place_of(job: i32, t: i32, number: i32) -> vec2i {
${jobVariables(lowered, sizes, true)}
${clock(lowered)}
switch number {
${pairs
  .slice(1)
  .map(([one, other], k) => `case ${k + 1}: { return vec2i(${one.place}, ${other.place}); }`)
  .join('\n')}
default: { return vec2i(${pairs[0]![0].place}, ${pairs[0]![1].place}); }
}
}`

/** Declares the member of a workgroup along the third axis, and how many rows, steps of its strings from `first` on, it has. */
const MEMBER_ROWS = `
let member = input[${HEADER.members}] + i32(group.z) * ${MEMBER.words};
let slot = input[member + ${MEMBER.slot}];
let first_job = input[member + ${MEMBER.firstJob}];
let steps = input[${HEADER.words} + first_job * ${JOB.words} + ${JOB.length}] + 1 - first;
let rows = input[member + ${MEMBER.jobs}] * steps;`

const rowPlace = (row: string, number: string): string =>
  `place_of(first_job + (${row}) / steps, (${row}) % steps + first, ${number})`

/** Rows of a tile lie one float further apart than they are long, so that neither way to fill it meets the same bank of memory again and again. */
const tiles = ({ tileThreads }: Sizes): string => `
const SIDE = ${tileThreads};
const TILE = ${tileThreads * EACH};
const PITCH = TILE + 1;
const THREADS = ${tileThreads ** 2};
var<workgroup> left: array<f32, ${(tileThreads * EACH + 1) * DEPTH}>;
var<workgroup> right: array<f32, ${(tileThreads * EACH + 1) * DEPTH}>;`

/** Adds the product of what lies in workgroup memory to a thread's sums: rows x, x + SIDE …, columns y, y + SIDE … */
const MULTIPLIED = `
for (var k = 0; k < ${DEPTH}; k += 1) {
let at = k * PITCH;
let b = vec4f(right[at + y], right[at + y + SIDE], right[at + y + 2 * SIDE], right[at + y + 3 * SIDE]);
${Array.from({ length: EACH }, (_, i) => `sum${i} += left[at + x + ${i} * SIDE] * b;`).join('\n')}
}`
const SUMS = Array.from({ length: EACH }, (_, i) => `var sum${i} = vec4f();`).join('\n')

/** A product of weights and the vectors of all steps of all strings from `first` on. Workgroups: tiles of results, tiles of steps, members. */
export function productShader(
  lowered: Lowered,
  { rows: height, summed, weights, vector, result }: Product,
  first: 0 | 1,
  sizes: Sizes,
): string {
  const [m, k] = weights.step === 1 ? [`e / ${DEPTH}`, `e % ${DEPTH}`] : ['e % TILE', 'e / TILE']
  return `
${opening(lowered, 'results')}
${tiles(sizes)}
var<workgroup> places: array<vec2i, TILE>;
${placesFunction(lowered, sizes, [[vector, result]])}
@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
let lid = i32(local);
let x = lid % SIDE;
let y = lid / SIDE;
let first = ${first};
${MEMBER_ROWS}
let from_row = i32(group.y) * TILE;
let from_result = i32(group.x) * TILE;
if (from_row >= rows) { return; }
let weights_at = slot * ${sizes.sections * sizes.parameters.floats} + ${weights.offset};
for (var n = lid; n < TILE; n += THREADS) {
if (from_row + n < rows) { places[n] = ${rowPlace('from_row + n', '0')}; } else { places[n] = vec2i(-1); }
}
workgroupBarrier();
${SUMS}
for (var begin = 0; begin < ${summed}; begin += ${DEPTH}) {
for (var e = lid; e < TILE * ${DEPTH}; e += THREADS) {
let m = ${m};
let k = ${k};
var value = 0f;
if (from_result + m < ${height} && begin + k < ${summed}) { value = weights[weights_at + (from_result + m) * ${weights.row} + (begin + k) * ${weights.step}]; }
left[k * PITCH + m] = value;
}
for (var e = lid; e < TILE * ${DEPTH}; e += THREADS) {
let n = e / ${DEPTH};
let k = e % ${DEPTH};
var value = 0f;
if (places[n].x >= 0 && begin + k < ${summed}) { value = work[places[n].x + (begin + k) * ${vector.step}]; }
right[k * PITCH + n] = value;
}
workgroupBarrier();
${MULTIPLIED}
workgroupBarrier();
}
for (var j = 0; j < ${EACH}; j += 1) {
let n = y + j * SIDE;
if (places[n].y < 0) { continue; }
${Array.from({ length: EACH }, (_, i) => `if (from_result + x + ${i} * SIDE < ${height}) { work[places[n].y + (from_result + x + ${i} * SIDE) * ${result.step}] = sum${i}[j]; }`).join('\n')}
}
}`
}

/** Tiles that the gradient of a matrix is cut into. */
export function outerTiles({ shape: [height, width] }: Outer, sizes: Sizes): number {
  const side = tileSide(sizes)
  return Math.ceil(height / side) * Math.ceil(width / side)
}

/**
 * Gradients of matrices, each a product of what two vectors are in all steps of a run's strings. Workgroups: the tiles of all gradients
 * along the first axis, members along the third.
 */
export function outerShader(lowered: Lowered, outers: readonly Outer[], sizes: Sizes): string {
  let tile = 0
  const firstTiles = outers.map(outer => (tile += outerTiles(outer, sizes)) - outerTiles(outer, sizes))
  const table = (name: string, values: readonly string[], type: string): string =>
    `const ${name} = array<${type}, ${values.length}>(${values.join(', ')});`
  const load = (into: 'left' | 'right', side: 'x' | 'y', start: string, size: string): string => `
for (var e = lid; e < TILE * ${DEPTH}; e += THREADS) {
let m = e % TILE;
let k = e / TILE;
var value = 0f;
if (places[k].${side} >= 0 && ${start} + m < ${size}) { value = work[places[k].${side} + (${start} + m) * stride.${side}]; }
${into}[k * PITCH + m] = value;
}`
  return `
${opening(lowered, 'gradients')}
${tiles(sizes)}
${table(
  'SHAPES',
  outers.map(({ offset, shape: [height, width] }, k) => `vec4i(${firstTiles[k]!}, ${offset}, ${height}, ${width})`),
  'vec4i',
)}
${table(
  'STRIDES',
  outers.map(({ columns, rows }) => `vec2i(${columns.step}, ${rows.step})`),
  'vec2i',
)}
${table(
  'FIRST',
  outers.map(({ from }) => `${from === 'step' ? 1 : predictsFrom(lowered.model)}`),
  'i32',
)}
var<workgroup> places: array<vec2i, ${DEPTH}>;
${placesFunction(
  lowered,
  sizes,
  outers.map(({ columns, rows }) => [columns, rows]),
)}
@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
let lid = i32(local);
let x = lid % SIDE;
let y = lid / SIDE;
var shapes = SHAPES;
var strides = STRIDES;
var firsts = FIRST;
var number = 0;
for (var k = 1; k < ${outers.length}; k += 1) { if (i32(group.x) >= shapes[k].x) { number = k; } }
let first = firsts[number];
let stride = strides[number];
let height = shapes[number].z;
let width = shapes[number].w;
${MEMBER_ROWS}
let tile = i32(group.x) - shapes[number].x;
let across = (width + TILE - 1) / TILE;
let from_column = tile % across * TILE;
let from_row = tile / across * TILE;
${SUMS}
for (var begin = 0; begin < rows; begin += ${DEPTH}) {
for (var k = lid; k < ${DEPTH}; k += THREADS) {
if (begin + k < rows) { places[k] = ${rowPlace('begin + k', 'number')}; } else { places[k] = vec2i(-1); }
}
workgroupBarrier();
${load('left', 'x', 'from_column', 'width')}
${load('right', 'y', 'from_row', 'height')}
workgroupBarrier();
${MULTIPLIED}
workgroupBarrier();
}
let gradient = slot * ${sizes.parameters.floats} + shapes[number].y;
for (var j = 0; j < ${EACH}; j += 1) {
let row = from_row + y + j * SIDE;
if (row >= height) { continue; }
${Array.from({ length: EACH }, (_, i) => `if (from_column + x + ${i} * SIDE < width) { gradients[gradient + row * width + from_column + x + ${i} * SIDE] += sum${i}[j]; }`).join('\n')}
}
}`
}

/** The gradient of what symbols pick: a workgroup a symbol that a run's strings read, which nobody else adds to. */
export function scatterShader(
  lowered: Lowered,
  { offset, size, symbolStep, step, given }: Scatter,
  sizes: Sizes,
): string {
  return `
const THREADS = ${sizes.threads};
${opening(lowered, 'gradients')}
${placesFunction(lowered, sizes, [[given, given]])}
@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
let lid = i32(local);
let number = i32(group.x + group.y * ${ROW_OF_GROUPS}u);
if (number >= input[${HEADER.segmentCount}]) { return; }
let segment = input[${HEADER.segments}] + number * ${SEGMENT.words};
let gradient = input[segment + ${SEGMENT.slot}] * ${sizes.parameters.floats} + ${offset} + input[segment + ${SEGMENT.symbol}] * ${symbolStep};
for (var e = lid; e < ${size}; e += THREADS) {
var sum = 0f;
for (var at = input[segment + ${SEGMENT.from}]; at < input[segment + ${SEGMENT.to}]; at += 2) {
sum += work[place_of(input[at], input[at + 1], 0).x + e * ${given.step}];
}
gradients[gradient + e * ${step}] += sum;
}
}`
}
