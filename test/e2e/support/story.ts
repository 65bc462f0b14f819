import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Comparison } from '../../../src/shared/comparison.ts'
import type { FullRun, QueueState, RunPage, StudyInfo } from '../../../src/shared/contract/index.ts'
import { ask, refusal } from './page-lab.ts'

/** The contract's whole way, asked over a real wire: the same on every transport. */

export const TINY = {
  name: 'Tiny',
  task: { id: 'marked-reversal' },
  model: { controller: { id: 'lstm', units: 4 }, memory: { id: 'superposition-stack', widths: [2] } },
  plans: ['full', 'frozen-memory'],
  seeds: [1, 2],
  data: { train: { strings: 40, lengths: [3, 9] }, validation: { strings: 10, lengths: [3, 9] } },
  evaluation: {
    bins: [
      { name: 'short', lengths: [3, 9], perLength: 4 },
      { name: 'long', lengths: [11, 17], perLength: 4, seed: 1 },
    ],
  },
  training: { batch: 10, epochs: 2, learningRate: 0.01 },
}

/** Trains the study and looks at what came of it. @returns what must be there again after a restart */
export async function tellStory(page: Page): Promise<{ studyId: string; losses: (number | null)[] }> {
  const { problems } = await ask<{ problems: { path: string }[] }>(page, 'preview.study', {
    content: {
      ...TINY,
      task: { id: 'marked-reversal', colours: 2 },
      plans: ['full', { id: 'x', freeze: [{ what: 'memery' }] }],
      seeds: 0,
    },
  })
  expect(problems.map(({ path }) => path).sort()).toEqual(['seeds', 'task.colours'])
  const [study] = await ask<StudyInfo[]>(page, 'studies.start', { content: TINY })
  await ask(page, 'queue.open')
  await expect
    .poll(
      async () => {
        const { running, waitingCount } = await ask<QueueState>(page, 'queue.get')
        return running.length + waitingCount
      },
      { timeout: 250_000, interval: 200 },
    )
    .toBe(0)
  const { rows, total } = await ask<RunPage>(page, 'runs.list', {
    search: 'is:over',
    sort: [{ by: 'plan' }, { by: 'seed' }],
  })
  expect(total).toBe(4)
  const runId = rows[0]!.id
  const comparison = await ask<Comparison>(page, 'comparison.get', { studyId: study!.id })
  expect(comparison.plans[0]!.retention!.values.map(({ value }) => value)).toEqual(
    rows.slice(0, 2).map(row => row.retention),
  )
  const record = await ask<FullRun>(page, 'runs.get', { runId: rows[2]!.id })
  expect(record.sealed).toBe(true)
  const trace = await ask<{
    probabilities: number[]
    nats: number[]
    tensors: { name: string; shape: number[]; data: number[] }[]
  }>(page, 'traces.get', { runId, string: { text: '0 1 # 1 0' } })
  const cells = trace.tensors.find(({ name }) => name === 'memory.cells')!
  expect(cells.data).toHaveLength(cells.shape.reduce((a, b) => a * b, 1))
  for (let t = 0; t <= 5; t++)
    expect(trace.probabilities.slice(4 * t, 4 * t + 4).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5)
  expect(trace.nats[0]).toBeCloseTo(-Math.log(trace.probabilities[0]!), 5)
  await ask(page, 'runs.describe', { runs: [runId], note: 'kept', was: '', starred: true })
  await ask(page, 'layout.set', { key: 'e2e', value: { open: true } })
  await ask(page, 'drafts.save', { name: 'Half', content: { name: 'Half' } })
  return { studyId: study!.id, losses: rows.map(row => row.bestLoss) }
}

/** @param safe in safe mode, where the layout is that of a first start */
export async function checkStillThere(
  page: Page,
  { studyId, losses }: { studyId: string; losses: (number | null)[] },
  { safe = false } = {},
): Promise<void> {
  const { rows } = await ask<RunPage>(page, 'runs.list', { search: 'is:over', sort: [{ by: 'plan' }, { by: 'seed' }] })
  expect(rows.map(row => [row.studyId, row.bestLoss])).toEqual(losses.map(loss => [studyId, loss]))
  expect([rows[0]!.note, rows[0]!.starred]).toEqual(['kept', true])
  expect(await ask(page, 'layout.get', { key: 'e2e' })).toEqual(safe ? undefined : { open: true })
  expect(await ask<{ name: string }[]>(page, 'drafts.list')).toMatchObject([{ name: 'Half' }])
}

/** Says what no page of ours would say; the host answers others as before. */
export async function sayNonsense(page: Page): Promise<void> {
  const refusals: [string, unknown, string][] = [
    ['runs.get', { runId: '../../etc/passwd' }, 'unknown-run'],
    ['layout.get', { key: '../settings' }, 'bad-request'],
    ['drafts.get', { draftId: '../../settings' }, 'unknown-draft'],
    ['runs.list', { search: `'; DROP TABLE runs; --` }, 'none'],
    ['runs.list', { search: 'x'.repeat(3000) }, 'bad-request'],
    ['runs.list', { limit: 1e9 }, 'bad-request'],
    ['__proto__.toString', {}, 'bad-request'],
    ['history.raw', {}, 'bad-request'],
    ['studies.importFiles', { files: [{ name: '/etc/passwd', bytes: 'x' }] }, 'bad-request'],
    ['curves.get', { runs: ['x'], metric: 'constructor', buckets: 10 }, 'bad-request'],
  ]
  for (const [to, input, code] of refusals) expect([to, await refusal(page, to, input)]).toEqual([to, code])
  await page.evaluate(() => {
    let seed = 7
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
    for (let i = 0; i < 300 && window.__wire.isOpen(); i++) {
      const frame = window.__frame.encodeFrame({ kind: 'call', id: 1000 + i, to: 'runs.list', input: { search: 'a' } })
      frame[Math.floor(random() * frame.length)] = Math.floor(random() * 256)
      window.__wire.send(frame)
    }
    window.__wire.send(Uint8Array.from({ length: 1000 }, () => Math.floor(random() * 256)))
    window.__wire.send(new Uint8Array())
  })
}
