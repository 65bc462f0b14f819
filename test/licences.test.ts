import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  isAllowed,
  licenceProblems,
  shippedPackages,
  thirdPartyText,
  type Shipped,
} from '../scripts/licences/shipped.ts'

const PROJECT = join(import.meta.dirname, '..')
const packages = shippedPackages(PROJECT)

describe('what is in the package', () => {
  it('may be in it', () => {
    expect(licenceProblems(packages)).toEqual([])
  })
  it('are all packages that the package takes files of, and all that the lab imports', () => {
    const named = new Set(packages.map(({ name }) => name))
    const files = readFileSync(join(PROJECT, 'scripts', 'package.ts'), 'utf8')
    const taken = [...files.matchAll(/'node_modules\/([\w.-]+)\//g), ...files.matchAll(/^ {4}'([\w-]+)',$/gm)].map(
      ([, name]) => name!,
    )
    expect(taken.length).toBeGreaterThan(8)
    expect(taken.filter(name => !named.has(name))).toEqual([])
    const { dependencies } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>
    }
    expect(Object.keys(dependencies).filter(name => !named.has(name))).toEqual([])
  })
  it('is refused under any other licence, and without one', () => {
    const one = (licence: string): Shipped => ({ ...packages[0]!, name: 'x', version: '1.0.0', licence })
    expect(licenceProblems([one('GPL-3.0-only')])[0]).toMatch(
      /^x 1\.0\.0 is under GPL-3\.0-only; allowed in the package: MIT/,
    )
    expect(licenceProblems([one('')])[0]).toContain('under no licence that it names')
    expect(
      [
        'MIT',
        '(MIT OR GPL-3.0-only)',
        'Apache-2.0 AND MIT',
        'MIT AND GPL-3.0-only',
        'SEE LICENSE IN X',
        'LGPL-3.0',
      ].map(isAllowed),
    ).toEqual([true, true, true, false, false, false])
  })
})

describe('the text that goes along', () => {
  const text = thirdPartyText(packages)
  it('has each package with a licence’s full text and a copyright', () => {
    const parts = text.split(`${'-'.repeat(80)}\n`).slice(1)
    expect(parts.map(part => part.slice(0, part.indexOf('\n')))).toEqual(
      packages.map(({ name, version }) => `${name} ${version}`),
    )
    for (const part of parts) {
      expect(part.slice(0, 40) + String(/copyright/i.test(part))).toBe(`${part.slice(0, 40)}true`)
      expect(part.length).toBeGreaterThan(600)
    }
  })
  it('has the terms of Apache for TensorFlow.js, which brings none', () => {
    const part = text.slice(text.indexOf('@tensorflow/tfjs-core'))
    expect(part.slice(0, 12_000)).toContain('TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION')
  })
})
