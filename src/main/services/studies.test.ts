import { describe, expect, it } from 'vitest'
import { parseStudies } from '../../shared/study.ts'
import { openHistory } from '../history/history.ts'
import { ENVIRONMENT } from '../history/testing/events.ts'
import { withHome } from '../history/testing/fixtures.ts'
import { comparedRuns } from './comparisons.ts'
import { queueStopped } from './runs.ts'
import { takeStudies } from './studies.ts'

const one = parseStudies({ name: 'Copying', task: { id: 'marked-copy' }, plans: ['full'], seeds: [1, 2, 3, 4] })
const grid = parseStudies({
  name: 'Grid',
  tasks: [{ id: 'marked-copy' }, { id: 'dyck' }],
  models: [{ name: 'lstm' }, { name: 'stack', memory: { id: 'superposition-stack' } }],
  plans: ['full'],
  seeds: [1],
})

describe('a study file', () => {
  it('is taken with the runs of each of its studies', () =>
    withHome(home => {
      const history = openHistory({ home })
      const studies = takeStudies(history, grid)
      expect(studies.map(({ name }) => name)).toEqual([
        'Grid · marked-copy · lstm',
        'Grid · marked-copy · stack',
        'Grid · dyck · lstm',
        'Grid · dyck · stack',
      ])
      expect(history.runs.count({ studies: studies.map(({ id }) => id) })).toBe(4)
      history.close()
    }))

  it('is known again, as long as its study is not archived', () =>
    withHome(home => {
      const history = openHistory({ home })
      const [first] = takeStudies(history, one)
      expect(takeStudies(history, one)).toEqual([first])
      const [second] = takeStudies(history, one, { again: true })
      expect(second!.id).not.toBe(first!.id)
      expect(takeStudies(history, one)).toEqual([second])
      history.studies.describe(second!.id, { archived: true })
      expect(takeStudies(history, one)).toEqual([first])
      expect(history.studies.list().length).toBe(1)
      history.close()
    }))

  it('trains plans that are the same training once, and lends their runs', () =>
    withHome(home => {
      const history = openHistory({ home })
      const [study] = takeStudies(
        history,
        parseStudies({ name: 'No memory', task: { id: 'marked-copy' }, seeds: [1, 2] }),
      )
      const runs = history.runs.list({ studies: [study!.id] })
      expect(runs.map(({ planId, seed }) => `${planId} ${seed}`)).toEqual([
        'full 1',
        'frozen-controller 1',
        'full 2',
        'frozen-controller 2',
      ])
      const lent = comparedRuns(history, study!.id).slice(runs.length)
      expect(lent.map(({ planId, seed, runId }) => [planId, seed, runId])).toEqual([
        ['frozen-memory', 1, `${study!.id}.full.1`],
        ['frozen-memory', 2, `${study!.id}.full.2`],
        ['classifier-only', 1, `${study!.id}.frozen-controller.1`],
        ['classifier-only', 2, `${study!.id}.frozen-controller.2`],
      ])
      history.close()
    }))

  it('that an earlier version took keeps the runs that it has', () =>
    withHome(home => {
      const history = openHistory({ home })
      const spec = parseStudies({ name: 'No memory', task: { id: 'marked-copy' }, seeds: [1] })
      const old = history.studies.add(spec[0]!)
      expect(takeStudies(history, spec)).toEqual([old])
      expect(comparedRuns(history, old.id).map(({ runId }) => runId)).toEqual(
        ['full', 'frozen-memory', 'frozen-controller', 'classifier-only'].map(plan => `${old.id}.${plan}.1`),
      )
      history.close()
    }))

  it('is known to a process that looks at the same time', () =>
    withHome(home => {
      const [mine, other] = [openHistory({ home }), openHistory({ home })]
      expect(takeStudies(other, grid)).toEqual(takeStudies(mine, grid))
      mine.close()
      other.close()
    }))
})

describe('runs that stopped before their end', () => {
  it('are queued again, those that a person cancelled only when asked for', () =>
    withHome(home => {
      const history = openHistory({ home })
      takeStudies(history, one)
      const [paused, failed, cancelled, queued] = history.runs.list().map(({ id }) => id)
      for (const id of [paused!, failed!]) history.runs.claim(id, { environment: ENVIRONMENT })
      history.runs.release(paused!, 'paused')
      history.runs.fail(failed!, new Error('driver'))
      history.runs.cancel(cancelled!)
      expect(queueStopped(history, { seeds: [2, 3] }).map(({ id, status }) => [id, status])).toEqual([
        [failed, 'queued'],
      ])
      expect(queueStopped(history).map(({ id }) => id)).toEqual([paused])
      expect(history.runs.list({ statuses: ['queued'] }).map(({ id }) => id)).toEqual([paused, failed, queued])
      expect(queueStopped(history, { statuses: ['cancelled'] }).map(({ id }) => id)).toEqual([cancelled])
      history.close()
    }))
})
