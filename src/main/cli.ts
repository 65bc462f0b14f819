import { join, relative } from 'node:path'
import { Worker } from 'node:worker_threads'
import { appIn } from './history/environment.ts'
import { EXIT } from './shells/cli/exit-codes.ts'
import { runProgram } from './shells/cli/program.ts'
import { standardOutput } from './shells/cli/standard-output.ts'
import { forked } from './training/fork.ts'
import { helpedBy } from './training/helpers.ts'
import { goWhereThePersonIs } from './shells/cli/person-folder.ts'

/** The command line, run from the sources. */
goWhereThePersonIs(process.env)
const script = process.argv[1]!
const inTraining = (name: string): string => join(import.meta.dirname, 'training', name)

const lost = new Set<string>()
const err = standardOutput(process.stderr)
const out = standardOutput(process.stdout, code => {
  if (!lost.has(code)) err.write(`permafrost: the output cannot be written (${code})\n`)
  lost.add(code)
})

const code = await runProgram(
  {
    terminal: { out, err, env: process.env },
    startWorker: () => new Worker(inTraining('worker.ts'), helpedBy(inTraining('helper.ts'))),
    startIsolated: forked(inTraining('training-process.ts'), inTraining('worker.ts')),
    app: appIn(join(import.meta.dirname, '..', '..')),
    script: relative(process.cwd(), script),
  },
  process.argv.slice(2),
)
// What somebody waits for and does not get is a failure.
process.exitCode = code === EXIT.ok && lost.size > 0 ? EXIT.failed : code
