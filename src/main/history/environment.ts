import { existsSync, readFileSync } from 'node:fs'
import { arch, cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '../../shared/records.ts'
import { sha256 } from './json.ts'

/** This machine and runtime, with what only the caller knows: the app and the device that trains. */
export function captureEnvironment(app: Environment['app'], device: Environment['device']): Environment {
  const { node, v8, electron = null } = process.versions as NodeJS.ProcessVersions & { electron?: string }
  const cores = cpus()
  return {
    app,
    versions: { node, v8, electron },
    os: { platform: process.platform, release: release(), arch: arch() },
    cpu: { model: cores[0]?.model.trim() ?? 'unknown', cores: cores.length },
    memoryBytes: totalmem(),
    device,
  }
}

/** Version, commit and lock file hash of an app that lies in `folder` as source or as a package, whose `package.json` was told by `scripts/package.ts`; what is not there is null. */
export function appIn(folder: string): Environment['app'] {
  const text = (...path: string[]): string | null => {
    const file = join(folder, ...path)
    return existsSync(file) ? readFileSync(file, 'utf8') : null
  }
  const lock = text('package-lock.json')
  const { version, permafrost } = JSON.parse(text('package.json') ?? '{"version":"unknown"}') as {
    version: string
    permafrost?: { commit: string | null; lockHash: string }
  }
  return {
    version,
    commit: headCommit(text) ?? permafrost?.commit ?? null,
    lockHash: lock === null ? (permafrost?.lockHash ?? null) : sha256(lock),
  }
}

function headCommit(text: (...path: string[]) => string | null): string | null {
  const head = text('.git', 'HEAD')?.trim()
  if (!head?.startsWith('ref: ')) return head ?? null
  const ref = head.slice('ref: '.length)
  const packed = text('.git', 'packed-refs')
    ?.split('\n')
    .find(line => line.endsWith(` ${ref}`))
  return text('.git', ...ref.split('/'))?.trim() ?? packed?.split(' ')[0] ?? null
}
