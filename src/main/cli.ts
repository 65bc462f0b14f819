import { join, relative } from 'node:path'
import { Worker } from 'node:worker_threads'
import { appIn } from './history/environment.ts'
import { runProgram } from './shells/cli/program.ts'
import { forked } from './training/fork.ts'
import { helpedBy } from './training/helpers.ts'

/** The command line, run from the sources. */
const script = process.argv[1]!
const inTraining = (name: string): string => join(import.meta.dirname, 'training', name)

// Whoever reads the output may stop reading, and a terminal may go away: the work goes on.
for (const output of [process.stdout, process.stderr]) {
  output.on('error', error => {
    if (!['EPIPE', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  })
}

process.exitCode = await runProgram(
  {
    terminal: { out: process.stdout, err: process.stderr, env: process.env },
    startWorker: () => new Worker(inTraining('worker.ts'), helpedBy(inTraining('helper.ts'))),
    startIsolated: forked(inTraining('training-process.ts'), inTraining('worker.ts')),
    app: appIn(join(import.meta.dirname, '..', '..')),
    script: relative(process.cwd(), script),
  },
  process.argv.slice(2),
)
