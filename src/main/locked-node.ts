import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * The Node that `npm ci` brings along for this platform; undefined where there is none, as in a packaged app.
 * @param modules any file beside its `node_modules`
 */
export function lockedNode(modules: string = import.meta.url): string | undefined {
  const require = createRequire(modules)
  const platform = process.platform === 'win32' ? 'win' : process.platform
  for (const name of [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]) {
    try {
      const manifest = require.resolve(`${name}/package.json`)
      const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { node: string } }
      return join(dirname(manifest), bin.node)
    } catch {
      /* Another platform's, or none. */
    }
  }
  return undefined
}
