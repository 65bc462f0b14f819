import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('testing/trained-hash.ts', import.meta.url))

/** What training gives on a processor that lacks what the flags of V8 take away. */
const trained = (flags: readonly string[], ...args: string[]): { arithmetic: string; hash: string } =>
  JSON.parse(
    execFileSync(process.execPath, [...flags, '--disable-warning=ExperimentalWarning', script, ...args], {
      encoding: 'utf8',
    }),
  )

const LESS = process.arch === 'x64' ? [['--no-enable-fma3'], ['--no-enable-avx2'], ['--no-enable-avx']] : []

describe('training on processors with and without some instructions', () => {
  const here = trained([])

  it('gives the same weights to the bit where it is portable', () => {
    const portable = trained([], 'portable')
    expect(portable.arithmetic).toBe('unfused')
    for (const flags of LESS) expect(trained(flags, 'portable'), flags.join()).toEqual(portable)
  })

  it('says how it rounds where it is not, and equals what rounds alike', () => {
    const portable = trained([], 'portable')
    for (const flags of [[], ...LESS]) {
      const found = trained(flags)
      expect(['fused', 'unfused']).toContain(found.arithmetic)
      expect(found.hash === portable.hash, flags.join()).toBe(found.arithmetic === 'unfused')
      expect(found.hash === here.hash, flags.join()).toBe(found.arithmetic === here.arithmetic)
    }
  })
})
