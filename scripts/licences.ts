import { join } from 'node:path'
import { licenceProblems, shippedPackages } from './licences/shipped.ts'

/** `npm run licences`: whether everything in the packaged app may be in it. The build writes the texts of all of it (see electron.vite.config.ts). */

const packages = shippedPackages(join(import.meta.dirname, '..'))
const problems = licenceProblems(packages)
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else {
  const counts = new Map<string, number>()
  for (const { licence } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1)
  const each = [...counts].map(([licence, count]) => `${count} under ${licence}`)
  console.log(`${packages.length} packages are shipped: ${each.join(', ')}.`)
}
