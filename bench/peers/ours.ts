import { join } from 'node:path'
import type { ModelId, Sizes } from '../problem.ts'
import { prepare, type Frozen } from '../ours.ts'
import { timed, type Missing, type Peer } from './peer.ts'

const ROOT = join(import.meta.dirname, '../../')

export async function openOurs(model: ModelId, sizes: Sizes, frozen?: Frozen): Promise<Peer | Missing> {
  const id = frozen ? `ours-frozen-${frozen}` : 'ours',
    title = frozen ? `our engine, ${frozen} frozen` : 'our engine'
  try {
    const { check, dispose } = await prepare(model, { ...sizes, frozen })
    return {
      id,
      title,
      run: steps => Promise.resolve(timed(check, steps)),
      close: () => {
        dispose()
        return Promise.resolve()
      },
    }
  } catch (error) {
    return { id, title, missing: `cannot be opened: ${(error as Error).message.split('\n')[0]!.replaceAll(ROOT, '')}` }
  }
}
