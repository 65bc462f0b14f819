import { mkdirSync } from 'node:fs'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { bindingOf } from '../../src/main/devices/tensorflow-place.ts'
import { firstThatRuns, run, SetupError } from './commands.ts'
import type { Library } from './library.ts'

export function findCompiler(): string {
  const compiler = firstThatRuns([process.env.CXX, 'c++', 'g++', 'clang++'], ['--version'])
  if (compiler === undefined)
    throw new SetupError(
      'A C++ compiler is needed, and was not found: install g++ or clang, or name the program in CXX.',
    )
  return compiler
}

/**
 * Compiles the package's own sources against libtensorflow, as its build description does.
 * @param within the folder that is moved as a whole; a library inside of it is found by its place relative to the binding
 */
export async function buildBinding(
  compiler: string,
  tfjsPackage: string,
  { folder, files, headers }: Library,
  nodeHeaders: string,
  within: string,
): Promise<void> {
  const target = bindingOf(tfjsPackage)
  mkdirSync(dirname(target), { recursive: true })
  const inside = relative(within, folder)
  const found = inside.startsWith('..') || isAbsolute(inside) ? folder : `$ORIGIN/${relative(dirname(target), folder)}`
  await run(compiler, [
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-shared',
    '-w',
    '-DNAPI_VERSION=8',
    `-I${nodeHeaders}`,
    `-I${headers}`,
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map(name => join(tfjsPackage, 'binding', name)),
    '-o',
    target,
    `-L${folder}`,
    ...files.map(name => `-l:${name}`),
    `-Wl,-rpath,${found}`,
  ])
}
