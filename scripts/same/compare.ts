import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Kind, Probed } from './probe.ts'

/** How what two source trees compute differs, of one kind. */
export interface Difference {
  /** Things looked at in both. */
  readonly compared: number
  readonly differ: readonly string[]
  /** Things that one of the trees does not have. */
  readonly gone: readonly string[]
  readonly fresh: readonly string[]
}

export type Differences = Readonly<Record<Kind, Difference>>

export interface Probing {
  /** A folder with study files, which both trees read. */
  readonly presets: string
  /** A small text to train on. */
  readonly text: string
  /** Ends the probing. */
  readonly signal?: AbortSignal
}

/** What two source trees compute. @param before, after their roots, with packages */
export async function compareTrees(before: string, after: string, probing: Probing): Promise<Differences> {
  const [there, here] = await Promise.all([before, after].map(root => probe(root, probing)))
  return differences(there!, here!)
}

export function differences(before: Probed, after: Probed): Differences {
  const kinds = Object.keys(after) as Kind[]
  return Object.fromEntries(kinds.map(kind => [kind, difference(before[kind], after[kind])])) as unknown as Differences
}

function difference(before: Probed[Kind], after: Probed[Kind]): Difference {
  const both = Object.keys(before).filter(name => name in after)
  return {
    compared: both.length,
    differ: both.filter(name => before[name] !== after[name]),
    gone: Object.keys(before).filter(name => !(name in after)),
    fresh: Object.keys(after).filter(name => !(name in before)),
  }
}

/** What is only in the later tree may be new; all else has to be there, and equal. */
export const isSame = ({ differ, gone }: Difference): boolean => differ.length + gone.length === 0

const NAMED = 5

/** A line, and some more where something differs. */
export function described(kind: string, { compared, differ, gone, fresh }: Difference): string {
  const listed = (what: string, names: readonly string[]): string[] => {
    if (names.length === 0) return []
    const more = names.length > NAMED ? [`  … and ${names.length - NAMED} more`] : []
    return [`${names.length} ${what}:`, ...names.slice(0, NAMED).map(name => `  ${name}`), ...more]
  }
  const same = isSame({ compared, differ, gone, fresh })
  const head = `${kind.padEnd(12)}${same ? 'same' : `${differ.length} of ${compared} differ`}${same ? ` (${compared})` : ''}`
  const rest = [...listed('differ', differ), ...listed('are no longer there', gone), ...listed('are new', fresh)]
  return [head, ...rest.map(line => `  ${line}`)].join('\n')
}

/** Runs the probe on the Node that the tree's own lock file brings along. */
export function probe(root: string, { presets, text, signal }: Probing): Promise<Probed> {
  const { PERMAFROST_RESOURCES: _, ...env } = process.env
  const args = [join(root, 'scripts', 'run.js'), join(import.meta.dirname, 'probe.ts'), root, presets, text]
  const child = spawn(process.execPath, args, { cwd: root, env, signal, stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0) resolve(JSON.parse(out) as Probed)
      else reject(new Error(`The probe of ${root} ended with ${code ?? 'a signal'}.`))
    })
  })
}
