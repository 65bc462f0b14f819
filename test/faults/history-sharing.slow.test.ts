import { describe, expect, it } from 'vitest'
import { openHistory } from '../../src/main/history/history.ts'
import { MIGRATIONS } from '../../src/main/history/migrations/index.ts'
import { study, withHome } from '../../src/main/history/testing/fixtures.ts'
import { NEXT } from './history/next-migration.ts'
import { begin, goTogether } from './history/process.ts'

describe('several processes on one history', () => {
  it('write at once without a fault, and one run is trained by one of them only', () =>
    withHome(async home => {
      const STEPS = 300
      const history = openHistory({ home })
      history.studies.add(study({ seeds: 5, plans: ['full'] }))
      const [common, ...own] = history.runs.list().map(({ id }) => id)
      const started = own.map(id => begin('writer.ts', [home, common!, id, String(STEPS)]))
      await goTogether(started)
      await goTogether(started, 4)
      const ended = await Promise.all(started.map(({ ends }) => ends))
      expect(ended.map(({ errors }) => errors)).toEqual(own.map(() => ''))
      expect(ended.map(({ lines }) => lines[2])).toEqual(own.map(() => 'done'))
      expect(ended.map(({ lines }) => lines[1]).sort()).toEqual(['lost', 'lost', 'lost', 'won'])
      for (const id of own) {
        const { run, series, epochs } = history.runRecord(id)
        expect([run.status, epochs.length, history.checkpoints.read(id, 'last')?.step]).toEqual([
          'finished',
          STEPS / 10,
          STEPS,
        ])
        expect([...series.loss!.steps]).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1))
      }
      expect(history.runRecord(common!).attempts.map(({ outcome }) => outcome)).toEqual(['interrupted'])
      history.check()
      history.close()
    }))

  it.each([
    ['a first start', false],
    ['a migration', true],
  ])('meet at %s, 20 times, without a fault', async (_, migrating) => {
    for (let round = 0; round < 20; round++) {
      await withHome(async home => {
        const before = migrating ? [prepared(home)] : []
        const started = [1, 2, 3].map(() => begin('opener.ts', [home, migrating ? 'next' : 'this']))
        await goTogether(started)
        const ended = await Promise.all(started.map(({ ends }) => ends))
        expect(ended.map(({ errors }) => errors)).toEqual(['', '', ''])
        const history = openHistory({ home, migrations: migrating ? [...MIGRATIONS, NEXT] : MIGRATIONS })
        expect(
          history.studies
            .list()
            .map(({ id }) => id)
            .sort(),
        ).toEqual([...before, ...ended.map(({ lines }) => lines[1]!)].sort())
        if (migrating) expect(history.backups.list().length).toBeGreaterThan(0)
        history.check()
        history.close()
      })
    }
  })
})

/** A history of this version. @returns the id of its study */
function prepared(home: string): string {
  const history = openHistory({ home })
  const { id } = history.studies.add(study())
  history.close()
  return id
}
