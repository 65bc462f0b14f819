import type { Gpu } from '../../src/engine/devices/webgpu/gpu.ts'

/** What the GPU itself can do by this interface, measured. */
export interface Limits {
  /** Bytes a second, read and written together, when a buffer is copied. */
  readonly bytesPerSecond: number
  /** Float32 operations a second; a multiply-add counts two. */
  readonly operationsPerSecond: number
}

const THREADS = 256,
  GROUPS = 4096,
  CHAINS = 8,
  COPIES = 16

export async function measureLimits(
  gpu: Gpu,
  { copyMebibytes, multiplyAdds }: { copyMebibytes: number; multiplyAdds: number },
): Promise<Limits> {
  const floats = Math.min(copyMebibytes * 2 ** 18, gpu.mostFloats)
  const from = gpu.buffer('from', floats),
    to = gpu.buffer('to', floats)
  const copied = await seconds(gpu, to, encoder => {
    for (let k = 0; k < COPIES; k++) encoder.copyBufferToBuffer(from, 0, to, 0, floats * 4)
  })
  const pipeline = await gpu.pipeline(`
@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
let factor = values[0] + 0.5f;
${Array.from({ length: CHAINS }, (_, k) => `var x${k} = f32(id.x) + ${k}f;`).join('\n')}
for (var n = 0; n < ${multiplyAdds}; n += 1) {
${Array.from({ length: CHAINS }, (_, k) => `x${k} = fma(x${k}, factor, 1f);`).join('\n')}
}
values[id.x] = ${Array.from({ length: CHAINS }, (_, k) => `x${k}`).join(' + ')};
}`)
  const groups = Math.min(GROUPS, Math.floor(floats / THREADS))
  const computed = await seconds(gpu, to, encoder => {
    gpu.dispatch(encoder, pipeline, [to], groups)
  })
  from.destroy()
  to.destroy()
  return {
    bytesPerSecond: (2 * COPIES * floats * 4) / copied,
    operationsPerSecond: (2 * CHAINS * multiplyAdds * groups * THREADS) / computed,
  }
}

/** The shortest of several times, from handing in until it is done. */
async function seconds(gpu: Gpu, written: GPUBuffer, record: (encoder: GPUCommandEncoder) => void): Promise<number> {
  let best = Infinity
  for (let k = 0; k < 5; k++) {
    const start = performance.now()
    gpu.submit(record)
    await gpu.download([{ buffer: written, at: 0, floats: 1 }])
    best = Math.min(best, performance.now() - start)
  }
  return best / 1e3
}
