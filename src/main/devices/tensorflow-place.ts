import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { homeFolder } from '../home.ts'

/** The package that brings the kernels and, once it is built, the binding to libtensorflow. */
export const TENSORFLOW_PACKAGE = '@tensorflow/tfjs-node-gpu'

/** Written by the set-up when all of it works; a folder without it is not used. */
export const MANIFEST = 'permafrost-tensorflow.json'

export const Manifest = z.object({
  /** libtensorflow's own version. */
  tensorflow: z.string(),
  /** Version of `TENSORFLOW_PACKAGE`. */
  package: z.string(),
  /** What it computed on when it was set up. */
  device: z.enum(['CPU', 'GPU']),
  /** Whether CUDA's libraries are there: with a driver, a graphics card is used. */
  cuda: z.boolean().default(false),
})
export type Manifest = z.output<typeof Manifest>

/** Where `npm run setup:tensorflow` puts all it makes: PERMAFROST_TENSORFLOW, or a folder in the one that this system has for a user's data. */
export function tensorflowFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.PERMAFROST_TENSORFLOW
    ? resolve(env.PERMAFROST_TENSORFLOW)
    : join(homeFolder(undefined, { ...env, PERMAFROST_HOME: '' }), 'tensorflow')
}

/** A package whose binding is built. */
export interface InstalledTensorflow {
  /** What `require` takes. */
  readonly path: string
  /** What is known of it without loading it. */
  readonly manifest: Manifest | null
}

/**
 * What the set-up has made, or else a package in `node_modules` that its own installation has built; undefined when there is neither.
 * @param modules any file beside that `node_modules`
 */
export function findTensorflow(
  folder: string = tensorflowFolder(),
  modules: string = import.meta.url,
): InstalledTensorflow | undefined {
  const manifest = readManifest(folder)
  if (manifest) return { path: join(folder, 'node_modules', TENSORFLOW_PACKAGE), manifest }
  for (const name of [TENSORFLOW_PACKAGE, '@tensorflow/tfjs-node']) {
    const path = packageFolder(name, modules)
    if (path !== undefined && existsSync(bindingOf(path))) return { path, manifest: null }
  }
  return undefined
}

/** The compiled binding of a package in `folder`: version 8 of Node-API is the newest that the package names. */
export const bindingOf = (folder: string): string => join(folder, 'lib', 'napi-v8', 'tfjs_binding.node')

function readManifest(folder: string): Manifest | undefined {
  try {
    return Manifest.parse(JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')))
  } catch {
    return undefined
  }
}

function packageFolder(name: string, from: string): string | undefined {
  try {
    return resolve(createRequire(from).resolve(`${name}/package.json`), '..')
  } catch {
    return undefined
  }
}
