/** WebAssembly as far as it is used here; neither ECMAScript's nor Node's types declare it. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module'
  }
  const Module: new (bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>) => Module

  /** Pages of 64 KiB. */
  interface MemoryDescriptor {
    initial: number
    maximum?: number
    shared?: boolean
  }
  interface Memory {
    readonly buffer: ArrayBuffer
    grow(pages: number): number
  }
  const Memory: new (descriptor: MemoryDescriptor) => Memory

  interface Global {
    value: number | bigint
  }
  const Global: new (
    descriptor: { value: 'i32' | 'i64' | 'f32' | 'f64'; mutable?: boolean },
    value?: number | bigint,
  ) => Global
  interface Table {
    readonly length: number
  }
  type ExportValue = ((...values: never[]) => unknown) | Memory | Global | Table
  type ImportValue = ExportValue | number | bigint

  type Imports = Readonly<Record<string, Readonly<Record<string, ImportValue>>>>
  interface Instance {
    readonly exports: Readonly<Record<string, ExportValue>>
  }
  const Instance: new (module: Module, imports?: Imports) => Instance

  function compile(bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>): Promise<Module>
  function instantiate(module: Module, imports?: Imports): Promise<Instance>
  function instantiate(
    bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>,
    imports?: Imports,
  ): Promise<{ module: Module; instance: Instance }>
  function validate(bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>): boolean

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}
}
