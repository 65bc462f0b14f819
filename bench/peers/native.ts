import { compileNative, type KernelModel } from '../kernels/build.ts'
import { LEARNING_RATE, type Problem } from '../problem.ts'
import { converse } from './conversation.ts'
import type { Missing, Peer } from './peer.ts'

export async function openNative(problem: Problem, model: KernelModel): Promise<Peer | Missing> {
  const id = 'native',
    title = 'hand-written C, native'
  const built = await compileNative(model, problem)
  if ('missing' in built) return { id, title, ...built }
  const { ask, close } = converse(built.path, [])
  await ask(
    ['load', ...problem.strings.flat(), ...[...problem.weights.values()].flatMap(({ values }) => [...values])].join(
      ' ',
    ),
  )
  return {
    id,
    title: `${title} (${built.compiler})`,
    close,
    async run(steps) {
      const [cpu, ...figures] = (await ask(`run ${steps} ${LEARNING_RATE}`)).trim().split(' ').map(Number) as [
        number,
        ...number[],
      ]
      return { cpu, milliseconds: figures.filter((_, i) => i % 2 === 0), losses: figures.filter((_, i) => i % 2 === 1) }
    },
  }
}
