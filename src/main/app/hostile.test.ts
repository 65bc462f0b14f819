import { gzipSync } from 'node:zlib'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { contract } from '../../shared/contract/index.ts'
import { channelPair } from '../../shared/rpc/channel.ts'
import { decodeFrame, encodeFrame } from '../../shared/rpc/frame.ts'
import { claimHome } from './home-claim.ts'
import { freshHome, openRig, TINY, trained, withRig, type Rig } from './testing/rig.ts'

describe('whatever is asked', () => {
  let rig: Rig
  let runId: string
  let studyId: string
  const crash = vi.fn()

  beforeAll(async () => {
    rig = openRig()
    studyId = (await trained(rig, { ...TINY, plans: ['full'], seeds: [1] })).id
    runId = `${studyId}.full.1`
    await rig.client.queue.hold()
    process.on('unhandledRejection', crash)
    process.on('uncaughtException', crash)
  })

  afterAll(async () => {
    process.off('unhandledRejection', crash)
    process.off('uncaughtException', crash)
    await rig.close()
    rmSync(rig.home, { recursive: true })
  })

  const members = Object.entries(contract).flatMap(([group, calls]) =>
    Object.entries(calls).map(([name, { kind }]) => ({ to: `${group}.${name}`, kind })),
  )

  /** Asks without the client's own check. */
  function ask(to: string, kind: string, input: unknown): Promise<{ kind: string; code?: string }> {
    const [host, page] = channelPair()
    rig.app.answer(host)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          kind === 'feed'
            ? resolve({ kind: 'silent' })
            : reject(new Error(`${to} did not answer ${JSON.stringify(input)}`)),
        kind === 'feed' ? 20 : 100_000,
      )
      page.onMessage(bytes => {
        clearTimeout(timer)
        resolve(decodeFrame(bytes) as { kind: string })
        page.close()
      })
      page.send(
        encodeFrame({
          kind: kind === 'call' ? 'call' : 'listen',
          id: 1,
          to,
          ...(input === undefined ? {} : { input }),
        }),
      )
    })
  }

  const value = (): fc.Arbitrary<unknown> =>
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom<unknown>(
          runId,
          studyId,
          [runId],
          'x',
          '',
          '../..',
          '__proto__',
          'constructor',
          0,
          1,
          -1,
          1e9,
          NaN,
          null,
          true,
          [],
          {},
          'csv',
          'best',
          'loss',
          'marked-reversal',
          { id: 'marked-reversal' },
          { id: 'constructor' },
          [3, 9],
          [9, 3],
          { text: '01#10' },
          { length: 1e6 },
          TINY,
          new Float64Array(3),
        ),
      },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    )
  const KEYS = [
    'runId',
    'studyId',
    'runs',
    'content',
    'search',
    'sort',
    'limit',
    'offset',
    'metric',
    'buckets',
    'weights',
    'string',
    'bin',
    'count',
    'which',
    'format',
    'key',
    'value',
    'name',
    'draftId',
    'undo',
    'task',
    'model',
    'lengths',
    'strings',
    'seed',
    'note',
    'addTags',
    'files',
    'before',
    'workers',
    'query',
    'columns',
    'theme',
    'depth',
    'archived',
    '__proto__',
  ]

  it.each(members.filter(({ to }) => !['queue.open', 'preview.estimate'].includes(to)))(
    '$to answers, and no fault shows',
    async ({ to, kind }) => {
      const input = fc.oneof(
        fc.constant(undefined),
        value(),
        fc
          .array(fc.tuple(fc.constantFrom(...KEYS), value()), { maxLength: 6 })
          .map(entries => Object.fromEntries(entries)),
      )
      await fc.assert(
        fc.asyncProperty(input, async given => {
          const answer = await ask(to, kind, given)
          expect(answer.code).not.toBe('unexpected')
        }),
        { numRuns: kind === 'feed' ? 5 : 25, endOnFailure: true },
      )
      expect(crash).not.toHaveBeenCalled()
    },
  )
})

const file = (name: string, content: string) => ({ name, bytes: new TextEncoder().encode(content) })

describe('a bundle from a stranger', () => {
  const gz = (value: unknown): Uint8Array => gzipSync(encodeFrame(value))

  /** What no training says. */
  const untrue = (run: Record<string, unknown>): object[] => {
    const [checkpoint] = run.checkpoints as { bytes: Uint8Array; step: number; which: string }[]
    const [epoch] = run.epochs as { validation: { symbols: number } }[]
    const { best } = run.scores as { best: { symbols: number }[] }
    const scored = (fields: object) => ({ scores: { best: [{ ...best[0]!, ...fields }], last: [] } })
    return [
      { checkpoints: [{ ...checkpoint, bytes: new Uint8Array(100) }] },
      { checkpoints: [{ ...checkpoint, step: checkpoint!.step + 1 }] },
      { checkpoints: [{ ...checkpoint, which: checkpoint!.which === 'best' ? 'last' : 'best' }] },
      { seed: 2, checkpoints: [checkpoint] },
      scored({ correct: 10 * best[0]!.symbols }),
      scored({ nats: -1 }),
      scored({ boundNats: -1 }),
      { epochs: [{ ...epoch, validation: { ...epoch!.validation, correct: epoch!.validation.symbols + 1 } }] },
      { epochs: [{ ...epoch, step: 2 ** 53 }] },
    ]
  }

  it('is refused by name, and leaves nothing behind', () =>
    withRig(async rig => {
      const study = await trained(rig, { ...TINY, plans: ['full'], seeds: [1] })
      const { bytes } = await rig.client.studies.exportBundle({ studyId: study.id })
      const take = (bytes: Uint8Array) => rig.client.studies.importFiles({ files: [{ name: 'x.permafrost', bytes }] })
      const { gunzipSync } = await import('node:zlib')
      const bundle = decodeFrame(gunzipSync(bytes)) as { runs: Record<string, unknown>[]; study: object }
      const [run] = bundle.runs
      for (const bad of [
        bytes.slice(0, 200),
        gz({}),
        gz({ ...bundle, format: 'x' }),
        gz({ ...bundle, runs: [run, run] }),
        gz({ ...bundle, runs: [{ ...run, planId: '../..' }] }),
        gz({ ...bundle, runs: [{ ...run, extra: 1 }] }),
        ...untrue(run!).map(fields => gz({ ...bundle, runs: [{ ...run, ...fields }] })),
        gz({
          ...bundle,
          runs: [{ ...run, series: { loss: { steps: Float64Array.of(2, 1), values: Float64Array.of(1, 1) } } }],
        }),
      ])
        await expect(take(bad)).rejects.toMatchObject({ code: 'bad-bundle' })
      await expect(take(gz({ ...bundle, study: { ...bundle.study, task: { id: 'nope' } } }))).rejects.toMatchObject({
        code: 'bad-input',
      })
      expect((await rig.client.studies.list({ archived: 'any' })).map(({ id }) => id)).toEqual([study.id])
    }))

  it('that was not trained to its end stands still until it is resumed', () =>
    withRig(async rig => {
      const [study] = await rig.client.studies.start({ content: TINY })
      const { bytes } = await rig.client.studies.exportBundle({ studyId: study!.id })
      await withRig(async other => {
        const {
          studies: [copy],
        } = await other.client.studies.importFiles({ files: [{ name: 'x.permafrost', bytes }] })
        expect(copy!.runs).toEqual({ paused: 4 })
        expect((await other.client.queue.get()).waitingCount).toBe(0)
        await other.client.queue.resume({ runs: await other.client.runs.ids() })
        expect((await other.client.queue.get()).waitingCount).toBe(4)
      })
    }))

  it('does not stay where a study file beside it cannot be taken in', () =>
    withRig(async ({ client }) => {
      const [study] = await client.studies.start({ content: TINY })
      const { name, bytes } = await client.studies.exportBundle({ studyId: study!.id })
      await expect(
        client.studies.importFiles({
          files: [{ name, bytes }, file('large.json', JSON.stringify({ task: {}, text: 'x'.repeat(2_000_000) }))],
        }),
      ).rejects.toMatchObject({ code: 'too-large' })
      expect((await client.studies.list()).map(({ id }) => id)).toEqual([study!.id])
    }))
})

describe('study files', () => {
  it('become drafts, all or none', () =>
    withRig(async ({ client }) => {
      const { drafts } = await client.studies.importFiles({
        files: [file('a.json', JSON.stringify(TINY)), file('b.json', '{"task": {}}')],
      })
      expect(drafts.map(({ name }) => name)).toEqual(['Tiny', 'b'])
      expect(drafts[0]!.content).toEqual(TINY)
      await expect(
        client.studies.importFiles({ files: [file('c.json', '{"task": {}}'), file('d.json', '{')] }),
      ).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining('d.json') })
      await expect(client.studies.importFiles({ files: [file('e.json', '[]')] })).rejects.toMatchObject({
        code: 'bad-input',
      })
      expect(await client.drafts.list()).toHaveLength(2)
      await expect(client.studies.start({ content: drafts[1]!.content })).rejects.toMatchObject({
        code: 'bad-input',
        field: 'name',
      })
    }))

  it('can be made from a study again, under the next free name', () =>
    withRig(async ({ client }) => {
      const [study] = await client.studies.start({ content: TINY })
      const one = await client.studies.duplicate({ studyId: study!.id })
      const two = await client.studies.duplicate({ studyId: study!.id })
      expect([one.name, two.name]).toEqual(['Tiny 2', 'Tiny 3'])
      expect((await client.preview.study({ content: one.content })).problems).toEqual([])
    }))
})

describe('a history', () => {
  it('has one app at a time; one that has died counts for nothing', () => {
    const home = freshHome()
    const giveUp = claimHome(home)
    expect(() => claimHome(home)).toThrow(expect.objectContaining({ code: 'home-in-use' }))
    giveUp()
    claimHome(home)()
    mkdirSync(join(home, 'app'), { recursive: true })
    for (const left of [
      '',
      '{"pid":',
      JSON.stringify({ token: 'x', pid: 2 ** 22, place: 'elsewhere', boot: 'x', birth: '1', beat_at: 0 }),
    ]) {
      writeFileSync(join(home, 'app', 'owner.json'), left)
      claimHome(home)()
    }
    rmSync(home, { recursive: true })
  })
})
