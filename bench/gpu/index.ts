import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../src/shared/errors.ts'
import { findAdapter } from '../../src/engine/devices/webgpu/gpu.ts'
import { machine, plainName } from '../report.ts'
import { GpuBench } from './bench.ts'
import { parseGpuOptions, USAGE } from './options.ts'
import { gpuMarkdown } from './report.ts'
import { judge } from './results.ts'
import { Torch } from './torch.ts'

async function main(args: readonly string[]): Promise<number> {
  const options = parseGpuOptions(args, join(import.meta.dirname, '../results'))
  if (options === 'help') {
    console.log(USAGE)
    return 0
  }
  const { isSmall, strict, runSteps, out } = options
  if (isSmall) (await import('../../src/engine/devices/webgpu/testing/software-gpu.ts')).useSoftwareGpu()
  const adapter = await findAdapter()
  if (typeof adapter === 'string' || (adapter.isSoftware && !isSmall)) {
    console.log(
      `No GPU here: ${typeof adapter === 'string' ? adapter : `${adapter.name} is a processor that stands in for one`}. --device-small tries the benchmark on a stand-in.`,
    )
    return strict ? 1 : 0
  }
  const host = machine(),
    command = ['npm run bench:gpu', ...(args.length > 0 ? ['--', ...args] : [])].join(' ')
  const device = adapter.isSoftware ? 'cpu' : 'cuda'
  // A CUDA graph needs CUDA.
  const torches = await Promise.all(
    (device === 'cpu' ? ['eager' as const] : ['eager' as const, 'captured' as const]).map(form =>
      Torch.open(form, device),
    ),
  )
  const found = torches.filter(torch => torch instanceof Torch)
  try {
    const bench = new GpuBench(options, torches)
    const results = await bench.run()
    const notes = [...found.map(({ title }) => `${title}.`), ...bench.notes]
    const report = gpuMarkdown(results, options, { gpu: adapter.name, host, command, notes })
    const name = options.name ?? `gpu-${plainName(adapter.name)}${isSmall ? '-small' : ''}`
    const goals = judge(results, runSteps, isSmall)
    await mkdir(out, { recursive: true })
    await writeFile(
      join(out, `${name}.json`),
      `${JSON.stringify({ machine: host, gpu: adapter.name, command, isSmall, runSteps, sizes: options.sizes, goals, notes, ...results }, null, 2)}\n`,
    )
    await writeFile(join(out, `${name}.md`), report)
    console.log(`\n${report}\nWritten to ${join(out, name)}.json and .md`)
    return strict && goals.some(({ met }) => met === false) ? 1 : 0
  } finally {
    await Promise.all(found.map(torch => torch.close()))
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof InputError ? error.message : error)
  process.exitCode = error instanceof InputError ? 2 : 1
}
