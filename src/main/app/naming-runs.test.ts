import { describe, expect, it } from 'vitest'
import { ENVIRONMENT } from '../history/testing/events.ts'
import { openHistory } from '../history/history.ts'
import { TINY, until, withRig } from './testing/rig.ts'

const ID = /[0-9a-z]{8}\.[\w-]+\.\d/

describe('what a person is told of a run', () => {
  it('names it by study, plan and seed, and says which run can be stopped', () =>
    withRig(async ({ client, home }) => {
      const long = { ...TINY, training: { ...TINY.training, epochs: 10_000, earlyStop: null } }
      const [study] = await client.studies.start({ content: long })
      const run = (plan: string): string => `${study!.id}.${plan}.1`
      await client.queue.setWorkers({ workers: 1 })
      await client.queue.open()
      await until(async () => (await client.queue.get()).running.length === 1)
      const told = async (asked: Promise<unknown>): Promise<Record<string, unknown>> => {
        const { code, message, about } = await asked.then(
          () => ({ code: 'none', message: '', about: [] as readonly string[] }),
          (error: { code: string; message: string; about: readonly string[] }) => error,
        )
        expect(message).not.toMatch(ID)
        return { code, message, about }
      }
      expect(await told(client.runs.remove({ runs: [run('full')] }))).toEqual({
        code: 'run-taken',
        message: '“Tiny”, Full training, seed 1, is being trained: stop it first.',
        about: [run('full')],
      })
      expect(await told(client.queue.restart({ runs: [run('full')] }))).toMatchObject({
        message: '“Tiny”, Full training, seed 1, is already being trained here.',
      })
      expect(await told(client.queue.move({ runs: [run('full')], before: null }))).toMatchObject({
        message: '“Tiny”, Full training, seed 1, does not wait in the queue.',
      })
      expect(await told(client.traces.get({ runId: run('frozen-memory'), string: { text: '0' } }))).toMatchObject({
        code: 'no-checkpoint',
        message: expect.stringContaining('“Tiny”, Memory frozen, seed 1,'),
      })
      const other = openHistory({ home })
      other.runs.claim(run('frozen-memory'), { environment: ENVIRONMENT })
      expect(await told(client.queue.pause({ runs: [run('frozen-memory')] }))).toMatchObject({
        message: expect.stringMatching(/^“Tiny”, Memory frozen, seed 1, is being trained by another process/),
        about: [],
      })
      other.runs.release(run('frozen-memory'), 'cancelled')
      other.close()
      await expect(client.runs.get({ runId: 'abcdefgh.full.1' })).rejects.toThrow('abcdefgh.full.1')
      await client.queue.hold({ stop: true })
    }))
})
