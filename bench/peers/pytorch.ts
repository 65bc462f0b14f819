import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { INPUTS, LEARNING_RATE, type Problem } from '../problem.ts'
import { converse } from './conversation.ts'
import type { Missing, Peer, Timed } from './peer.ts'

/** A Python that has PyTorch: what `setup.sh` has made, unless told otherwise. */
export const PYTHON =
  process.env.BENCH_PYTHON ??
  join(import.meta.dirname, '../.cache/venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
const STEP = join(import.meta.dirname, '../pytorch/step.py')

/** @param form the model's name in bench/pytorch/models.py @param golden a folder of golden values that it must meet first */
export async function openPyTorch(
  problem: Problem,
  { id, form, title, golden }: { id: string; form: string; title: string; golden?: string | undefined },
): Promise<Peer | Missing> {
  if (!existsSync(PYTHON)) return { id, title, missing: 'PyTorch is not set up; bench/pytorch/setup.sh does it' }
  const { ask, close } = converse(PYTHON, [STEP, '--serve', '--model', form, ...(golden ? ['--golden', golden] : [])])
  const setting = {
    weights: Object.fromEntries([...problem.weights].map(([name, { values }]) => [name, [...values]])),
    targets: problem.strings.map(string => [...string, INPUTS]),
    learningRate: LEARNING_RATE,
  }
  const { ready } = JSON.parse(await ask(JSON.stringify(setting))) as { ready: string }
  return {
    id,
    title: `${ready}, ${title}`,
    run: async steps => JSON.parse(await ask(JSON.stringify({ steps }))) as Timed,
    close,
  }
}
