import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** `npm run check`: made files up to date, licences, types of every layer, lint. They need nothing of each other and go side by side. */

const ROOT = join(import.meta.dirname, '..')

const STEPS = ['gen -- --check', 'licences', 'typecheck', 'lint']

interface Ended {
  readonly step: string
  readonly code: number
  readonly output: string
  readonly seconds: number
}

/** An npm script of this project; what it says is kept, so that the steps do not talk into one another. */
function script(step: string): Promise<Ended> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(`npm run --silent ${step}`, { cwd: ROOT, shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const output: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk))
    child.on('error', reject)
    child.on('close', code =>
      resolve({
        step,
        code: code ?? 1,
        output: Buffer.concat(output).toString(),
        seconds: (performance.now() - began) / 1000,
      }),
    )
  })
}

/** @returns the exit code: 0 where every step passed */
export async function check(): Promise<number> {
  const ended = await Promise.all(
    STEPS.map(async step => {
      const end = await script(step)
      process.stdout.write(end.output)
      return end
    }),
  )
  const failed = ended.filter(({ code }) => code !== 0)
  console.log(ended.map(({ step, seconds }) => `${step.split(' ')[0]} ${seconds.toFixed(0)} s`).join(' · '))
  for (const { step } of failed) console.error(`failed: npm run ${step}`)
  return failed.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = await check()
