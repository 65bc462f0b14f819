import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { codeOf, withHome } from '../history/testing/fixtures.ts'
import { claimHome } from './home-claim.ts'

it('an app’s folder is claimed by one, and a copy of it by nobody', () =>
  withHome(home => {
    const giveUp = claimHome(join(home, 'one'))
    expect(codeOf(() => claimHome(join(home, 'one')))).toBe('home-in-use')
    cpSync(join(home, 'one'), join(home, 'two'), { recursive: true })
    claimHome(join(home, 'two'))()
    giveUp()
    claimHome(join(home, 'one'))()
  }))
