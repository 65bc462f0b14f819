/** What is used of `WebAssembly.Module`, which the platform declares only where there is a page. */
interface ModuleClass {
  new (bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module
  imports(module: WebAssembly.Module): readonly unknown[]
}
const platform = WebAssembly as unknown as { Module: ModuleClass }

/** The bytes of every program that is compiled while this works, in order, whoever compiles them. */
export async function modulesDuring(work: () => unknown): Promise<Uint8Array[]> {
  const modules: Uint8Array[] = []
  const own = platform.Module
  platform.Module = new Proxy(own, {
    construct(target, [bytes]: [Uint8Array<ArrayBuffer>]) {
      const module = new target(bytes)
      // What imports no memory only finds out what the processor can do.
      if (target.imports(module).length > 0) modules.push(bytes.slice())
      return module
    },
  })
  try {
    await work()
  } finally {
    platform.Module = own
  }
  return modules
}
