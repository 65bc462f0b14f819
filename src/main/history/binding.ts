import { resolve } from 'node:path'
import { LabError } from '../../shared/errors.ts'

/** Below this Node-API version, loading the binding that comes with better-sqlite3 ends the process. */
const NODE_API = 10

/**
 * Options that make better-sqlite3 load a binding which this runtime can hold: its own, or the file that the environment
 * variable PERMAFROST_SQLITE_BINDING names. @throws LabError `runtime-too-old`
 */
export function sqliteBinding(
  env: NodeJS.ProcessEnv = process.env,
  versions: NodeJS.ProcessVersions = process.versions,
): { nativeBinding?: string } {
  if (env.PERMAFROST_SQLITE_BINDING) return { nativeBinding: resolve(env.PERMAFROST_SQLITE_BINDING) }
  if (Number(versions.napi) >= NODE_API) return {}
  throw new LabError(
    'runtime-too-old',
    `The history needs a runtime with Node-API ${NODE_API} or newer; ${versions.electron ? `Electron ${versions.electron}` : `Node ${versions.node}`} has ${versions.napi ?? 'none'}. ` +
      'Use Node 22.14 or newer or Electron 37 or newer, or name a better-sqlite3 binding built for this runtime in PERMAFROST_SQLITE_BINDING.',
  )
}
