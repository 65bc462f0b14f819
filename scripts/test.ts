import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { InputError } from '../src/shared/errors.ts'
import { check } from './check.ts'
import { ROOT } from './gen.ts'
import { planOf } from './test-plan.ts'

/**
 * `npm test`: the checks, then all tests. `npm test NAME …`: the tests and laws of what is named alone, in seconds.
 * What begins with the first option goes to vitest: `npm test lstm -- --reporter=verbose`.
 */

function vitest(args: readonly string[], parts: readonly string[]): Promise<number> {
  const command = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...args]
  const env = parts.length > 0 ? { ...process.env, PERMAFROST_PARTS: parts.join(' ') } : process.env
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, { cwd: ROOT, stdio: 'inherit', env })
    child.on('error', reject)
    child.on('exit', code => resolve(code ?? 1))
  })
}

async function test(args: readonly string[]): Promise<number> {
  const option = args.findIndex(arg => arg.startsWith('-'))
  const [names, options] = option < 0 ? [args, []] : [args.slice(0, option), args.slice(option)]
  if (names.length === 0) return (await check()) || vitest(options, [])
  const { files, parts } = planOf(names)
  return vitest([...files, ...options], parts)
}

try {
  process.exitCode = await test(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof InputError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
