import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openHistory } from './history.ts'
import { checkpoint, ENVIRONMENT, progress, start } from './testing/events.ts'
import { study, withHome } from './testing/fixtures.ts'

it.each([
  ['deleted', (home: string) => rmSync(home, { recursive: true })],
  ['moved away', (home: string) => renameSync(home, `${home}-moved`)],
  [
    'replaced',
    (home: string) => {
      renameSync(home, `${home}-moved`)
      mkdirSync(home)
      openHistory({ home }).close()
    },
  ],
])('a home that is %s under a run is noticed, and what is said from then on is stored beside it', (_, take) =>
  withHome(folder => {
    const home = join(folder, 'home')
    const problems: unknown[] = []
    const history = openHistory({ home, onProblem: error => problems.push(error) })
    history.studies.add(study())
    const { id } = history.runs.list()[0]!
    history.runs.claim(id, { environment: ENVIRONMENT })
    history.record(id, start())
    history.record(id, progress(1))
    expect(history.gone()).toBeNull()
    take(home)
    expect(history.gone()).toMatchObject({ code: 'home-gone' })
    expect(problems).toHaveLength(1)
    history.record(id, progress(2))
    history.record(id, checkpoint('last', 10))
    history.close()
    const saved = readdirSync(folder).find(name => name.startsWith('home-rescued-'))!
    expect(history.gone()!.message).toContain(join(folder, saved))
    const again = openHistory({ home: join(folder, saved) })
    expect(again.runs.get(id)).toMatchObject({ status: 'interrupted', step: 10 })
    expect(again.metrics.series(id).loss!.steps).toEqual(Float64Array.of(1, 2))
    expect(Buffer.from(again.runs.claim(id, { environment: ENVIRONMENT }).resume!.last).toString()).toBe('last 10')
    again.close()
  }),
)

it('a new home is its owner’s alone', () =>
  withHome(folder => {
    const home = join(folder, 'home')
    openHistory({ home }).close()
    expect(statSync(home).mode & 0o777).toBe(0o700)
  }))
