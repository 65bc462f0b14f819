/// <reference types="@webgpu/types" />
import { LabError } from '../../../shared/errors.ts'

/** From the WebGPU standard; the globals that hold them exist only once a binding is loaded. */
export const USAGE = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, STORAGE: 128 } as const
const MAP_READ = 1,
  COMPUTE = 4

/** Threads of a workgroup: as many as a GPU's cores work on at once; a processor that stands in for one has no use for so many. */
const GPU_THREADS = 64
const CPU_THREADS = 8

/** Shaders count with 32 bits, one of them the sign. */
const MOST_INDEXED = 2 ** 31 - 1

/** What is otherwise the adapter's to say. */
export interface Bounds {
  readonly threads?: number
  /** Most floats that one buffer may hold. */ readonly mostFloats?: number
}

export interface Adapter {
  readonly gpu: GPUAdapter
  readonly name: string
  readonly isSoftware: boolean
}

/** The binding of this process, or why there is none. */
let binding: Promise<GPU | string> | undefined

async function loadBinding(): Promise<GPU | string> {
  let create: (options: string[]) => GPU
  try {
    create = (await import('webgpu')).create
  } catch (error) {
    const missing =
      (error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND' ||
      (error as { code?: string }).code === 'MODULE_NOT_FOUND'
    return missing
      ? 'the package webgpu is not installed; `npm i webgpu@0.6.2` brings it'
      : `the package webgpu does not load here: ${(error as Error).message}`
  }
  return hasVulkanLoader()
    ? create([])
    : 'there is no Vulkan loader, libvulkan.so.1 (Debian: libvulkan1), nor a driver that it could load'
}

/** Asked before the binding does, which writes to the standard error output when there is none. Other systems bring their own interface. */
function hasVulkanLoader(): boolean {
  const { process: host } = globalThis as {
    process?: { readonly platform: string; dlopen(module: object, file: string): void }
  }
  if (host?.platform !== 'linux') return true
  try {
    host.dlopen({ exports: {} }, 'libvulkan.so.1')
    return true
  } catch (error) {
    // What can be loaded is refused for not being an add-on.
    return !/cannot open shared object file/.test((error as Error).message)
  }
}

/** The machine's best adapter, or why there is none and how to get it. */
export async function findAdapter(): Promise<Adapter | string> {
  const gpu = await (binding ??= loadBinding())
  if (typeof gpu === 'string') return gpu
  const found = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (found === null)
    return "no GPU with a Vulkan, Metal or D3D12 driver was found; on Linux, install the GPU's Vulkan driver and the loader (Debian: libvulkan1)"
  const { description, device, vendor, isFallbackAdapter } = found.info
  return {
    gpu: found,
    name: description || device || vendor || 'a GPU without a name',
    isSoftware: isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(`${device} ${description}`),
  }
}

/** What a pipeline reads and writes, in the order of its bindings. */
type Bound = readonly GPUBuffer[]

/**
 * A device with what is needed of it: buffers, pipelines, uploads and read-backs. Once it is lost, or has reported an error, whatever
 * is asked of it throws.
 */
export class Gpu {
  readonly #device: GPUDevice
  readonly name: string
  readonly threads: number
  /** Whether a processor stands in for a GPU. */
  readonly isSoftware: boolean
  /** Most floats that one buffer may hold. */
  readonly mostFloats: number
  #failure: LabError | undefined

  private constructor(
    device: GPUDevice,
    { name, isSoftware }: Adapter,
    { threads = isSoftware ? CPU_THREADS : GPU_THREADS, mostFloats = Infinity }: Bounds,
  ) {
    this.#device = device
    this.name = name
    this.threads = threads
    this.isSoftware = isSoftware
    this.mostFloats = Math.min(
      mostFloats,
      MOST_INDEXED,
      Math.floor(Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize) / 4),
    )
    void device.lost.then(({ message }) => {
      this.#fail('device-lost', lost(message || 'no reason given'))
    })
    device.addEventListener('uncapturederror', event => {
      const { error } = event as GPUUncapturedErrorEvent
      this.#fail(/memory/i.test(error.message) ? 'out-of-memory' : 'device-failed', `The GPU reports: ${error.message}`)
    })
  }

  /** @throws LabError `no-device` */
  static async open(bounds: Bounds = {}): Promise<Gpu> {
    const adapter = await findAdapter()
    if (typeof adapter === 'string') throw new LabError('no-device', adapter)
    const { limits } = adapter.gpu
    const wanted = [
      'maxBufferSize',
      'maxStorageBufferBindingSize',
      'maxComputeWorkgroupStorageSize',
      'maxComputeWorkgroupsPerDimension',
    ] as const
    const requiredLimits = Object.fromEntries(wanted.map(name => [name, limits[name]]))
    try {
      return new Gpu(await adapter.gpu.requestDevice({ requiredLimits }), adapter, bounds)
    } catch (cause) {
      throw new LabError('no-device', `${adapter.name} could not be opened: ${(cause as Error).message}`, { cause })
    }
  }

  buffer(label: string, floats: number, usage: number = USAGE.STORAGE | USAGE.COPY_DST | USAGE.COPY_SRC): GPUBuffer {
    this.check()
    return this.#device.createBuffer({ label, size: Math.max(4, floats * 4), usage })
  }

  async pipeline(code: string): Promise<GPUComputePipeline> {
    this.check()
    try {
      return await this.#device.createComputePipelineAsync({
        layout: this.#layoutFor(code),
        compute: { module: this.#device.createShaderModule({ code }), entryPoint: 'main' },
      })
    } catch (cause) {
      this.check()
      throw new LabError(
        'device-failed',
        `The GPU's driver does not take the model's code: ${(cause as Error).message}`,
        { cause },
      )
    }
  }

  /** The bindings that the code declares, whether it uses them or not. */
  #layoutFor(code: string): GPUPipelineLayout {
    const entries = [...code.matchAll(/@binding\((\d+)\) var<storage, (read|read_write)>/g)].map(
      ([, binding, access]): GPUBindGroupLayoutEntry => ({
        binding: Number(binding),
        visibility: COMPUTE,
        buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
      }),
    )
    return this.#device.createPipelineLayout({ bindGroupLayouts: [this.#device.createBindGroupLayout({ entries })] })
  }

  upload(
    buffer: GPUBuffer,
    values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
    at = 0,
  ): void {
    this.check()
    this.#device.queue.writeBuffer(buffer, at * 4, values)
  }

  /** Hands in what `record` records. */
  submit(record: (encoder: GPUCommandEncoder) => void): void {
    this.check()
    const encoder = this.#device.createCommandEncoder()
    record(encoder)
    this.#device.queue.submit([encoder.finish()])
  }

  dispatch(encoder: GPUCommandEncoder, pipeline: GPUComputePipeline, bound: Bound, x: number, y = 1, z = 1): void {
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(
      0,
      this.#device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: bound.map((buffer, binding) => ({ binding, resource: { buffer } })),
      }),
    )
    pass.dispatchWorkgroups(x, y, z)
    pass.end()
  }

  /** Parts of buffers, read back at once. @param parts start and count in floats */
  async download(
    parts: readonly { readonly buffer: GPUBuffer; readonly at: number; readonly floats: number }[],
  ): Promise<Float32Array[]> {
    const total = parts.reduce((sum, { floats }) => sum + floats, 0)
    const staging = this.buffer('read-back', total, USAGE.MAP_READ | USAGE.COPY_DST)
    this.submit(encoder => {
      let to = 0
      for (const { buffer, at, floats } of parts) {
        encoder.copyBufferToBuffer(buffer, at * 4, staging, to * 4, floats * 4)
        to += floats
      }
    })
    try {
      await staging.mapAsync(MAP_READ)
      this.check()
      const all = new Float32Array(staging.getMappedRange().slice(0))
      let from = 0
      return parts.map(({ floats }) => all.subarray(from, (from += floats)))
    } catch (cause) {
      this.check()
      // The promise may be rejected before the loss is told.
      throw this.#fail('device-lost', lost((cause as Error).message))
    } finally {
      staging.destroy()
    }
  }

  /** @throws LabError `device-lost`, `out-of-memory` or `device-failed` once something went wrong */
  check(): void {
    if (this.#failure) throw this.#failure
  }

  get isWhole(): boolean {
    return this.#failure === undefined
  }

  /** Ends the device, as a driver's reset would. */
  destroy(): void {
    this.#device.destroy()
  }

  #fail(code: string, message: string): LabError {
    return (this.#failure ??= new LabError(code, message))
  }
}

const lost = (reason: string): string => `The GPU was lost (${reason}). Resume the run from its last checkpoint.`
