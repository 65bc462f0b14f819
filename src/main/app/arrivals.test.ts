import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { openHistory, type History } from '../history/history.ts'
import { ENVIRONMENT } from '../history/testing/events.ts'
import { study, withHome } from '../history/testing/fixtures.ts'
import { openArrivals, type Arrivals } from './arrivals.ts'
import { readBundle, writeBundle, type Bundle } from './bundle.ts'
import { takeBundle } from './take-bundle.ts'

interface Place {
  readonly home: string
  readonly history: History
  readonly arrivals: Arrivals
  readonly problems: unknown[]
}

const FAILED = new Error('the work failed')

function withArrivals(use: (place: Place) => Promise<void>): Promise<void> {
  return withHome(async home => {
    const history = openHistory({ home })
    const problems: unknown[] = []
    try {
      await use({
        home,
        history,
        problems,
        arrivals: openArrivals({ folder: home, history, onProblem: error => problems.push(error) }),
      })
    } finally {
      history.close()
    }
  })
}

async function bundleIn(history: History): Promise<Bundle> {
  const added = history.studies.add(study())
  const bundle = await readBundle(
    writeBundle(
      history,
      added,
      history.runs.list({ studies: [added.id] }).map(({ id }) => id),
    ),
    'Copying',
  )
  history.studies.remove(added.id)
  return bundle
}

const arriving = (home: string): string => readFileSync(join(home, 'arriving.json'), 'utf8').trim()

it('what was named is seen once the work has ended, and hidden before others can see it', () =>
  withArrivals(async ({ home, history, arrivals }) => {
    const bundle = await bundleIn(history)
    const other = openHistory({ home })
    const { id } = await arrivals.during(async named => {
      const taken = await takeBundle(history, bundle, ENVIRONMENT, 'Copying', studyId => {
        named(studyId)
        expect(other.studies.list()).toEqual([])
      })
      expect([other.studies.list().map(({ id }) => id), arrivals.has(taken.id)]).toEqual([[taken.id], true])
      return taken
    })
    expect(arrivals.has(id)).toBe(false)
    other.close()
  }))

it('nothing stays of work that fails, whole studies and claimed runs included', () =>
  withArrivals(async ({ home, history, arrivals, problems }) => {
    const bundle = await bundleIn(history)
    await expect(
      arrivals.during(async named => {
        await takeBundle(history, bundle, ENVIRONMENT, 'One', named)
        const { id } = await takeBundle(history, bundle, ENVIRONMENT, 'Two', named)
        history.runs.claim(history.runs.list({ studies: [id] })[0]!.id, { environment: ENVIRONMENT })
        throw FAILED
      }),
    ).rejects.toBe(FAILED)
    expect([history.studies.list(), history.runs.list({ archived: 'any' }), arriving(home), problems]).toEqual([
      [],
      [],
      '[]',
      [],
    ])
  }))

it('what cannot be removed stays hidden, and is removed at the next start', () =>
  withArrivals(async ({ home, history, arrivals, problems }) => {
    const bundle = await bundleIn(history)
    const locked = new Error('locked')
    const removing = vi.spyOn(history.studies, 'remove').mockImplementation(() => {
      throw locked
    })
    await expect(
      arrivals.during(async named => {
        await takeBundle(history, bundle, ENVIRONMENT, 'Copying', named)
        throw FAILED
      }),
    ).rejects.toBe(FAILED)
    removing.mockRestore()
    const { id } = history.studies.list()[0]!
    expect([arrivals.has(id), problems, arriving(home)]).toEqual([true, [locked], JSON.stringify([id])])
    openArrivals({ folder: home, history, onProblem: error => problems.push(error) })
    expect([history.studies.list(), arriving(home)]).toEqual([[], '[]'])
  }))

it('where the list of arrivals cannot be written any more, nothing stays either, and the first error is told', () =>
  withArrivals(async ({ home, history, arrivals, problems }) => {
    const bundle = await bundleIn(history)
    const path = join(home, 'arriving.json')
    const block = (): void => {
      rmSync(path, { force: true })
      mkdirSync(join(path, 'full'), { recursive: true })
    }
    await expect(
      arrivals.during(async named => {
        await takeBundle(history, bundle, ENVIRONMENT, 'Copying', named)
        block()
        throw FAILED
      }),
    ).rejects.toBe(FAILED)
    expect([history.studies.list(), problems]).toEqual([[], [expect.objectContaining({ syscall: 'rename' })]])

    await expect(arrivals.during(named => takeBundle(history, bundle, ENVIRONMENT, 'Copying', named))).rejects.toThrow(
      'arriving.json',
    )
    expect(history.studies.list()).toEqual([])

    rmSync(path, { recursive: true })
    await expect(
      arrivals.during(async named => {
        const taken = await takeBundle(history, bundle, ENVIRONMENT, 'Copying', named)
        block()
        return taken
      }),
    ).rejects.toThrow('arriving.json')
    expect(history.studies.list()).toEqual([])
  }))
