import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serveApp, type ServedApp } from '../../test/faults/app/served.ts'
import { trained } from '../../src/main/app/testing/rig.ts'
import { addMadeUpRuns } from './made-up-runs.ts'

/** Histories to take pictures of: what is trained is trained for real. */

export const HISTORIES = ['empty', 'one', 'many'] as const
export type HistoryName = (typeof HISTORIES)[number]

/** What a history holds, so that a picture's address can name it: studies by a short name. */
export interface History {
  readonly home: string
  readonly studies: Readonly<Record<string, string>>
}

/** Names of drafts. */
export const [DRAFT, MISTAKEN] = ['A stack is learnt, ten seeds', 'With mistakes'] as const

const RUNS = 10_000
const PATIENCE_MS = 900_000
const quickLook = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'resources', 'presets', 'quick-look.json'), 'utf8'),
) as { name: string }

/** A superposition stack that finds the stack, as the README says of this seed; with the memory frozen from its middle on, and throughout. */
const STACK = {
  name: 'A stack is learnt',
  task: { id: 'marked-reversal' },
  model: { controller: { id: 'lstm', units: 20 }, memory: { id: 'superposition-stack', widths: [10] } },
  plans: [
    'full',
    'frozen-memory',
    { id: 'frozen-late', title: 'Memory frozen late', freeze: [{ what: 'memory', from: { epoch: 10 } }] },
  ],
  seeds: [17],
  data: { train: { strings: 10_000, lengths: [40, 80] }, validation: { strings: 200, lengths: [40, 80] } },
  evaluation: {
    bins: [
      { name: '40-80', lengths: [40, 80], perLength: 5 },
      { name: '81-160', lengths: [81, 160], perLength: 2, seed: 1 },
      { name: '161-320', lengths: [161, 320], perLength: 1, seed: 2 },
    ],
  },
  training: { epochs: 20, learningRate: 0.01, earlyStop: null },
}

const NONDETERMINISTIC = {
  name: 'Where is the middle?',
  task: { id: 'unmarked-reversal' },
  model: { controller: { id: 'lstm', units: 10 }, memory: { id: 'nondeterministic-stack', states: 2, alphabet: 3 } },
  plans: ['full', 'frozen-memory'],
  seeds: [1, 2],
  data: { train: { strings: 600, lengths: [8, 20] }, validation: { strings: 60, lengths: [8, 20] } },
  evaluation: {
    bins: [
      { name: '8-20', lengths: [8, 20], perLength: 8 },
      { name: '21-40', lengths: [21, 40], perLength: 3, seed: 1 },
    ],
  },
  training: { epochs: 20, learningRate: 0.01, earlyStop: null },
}

/** What is in training while its picture is taken: longer than that takes. */
export const IN_TRAINING = {
  ...quickLook,
  name: 'Frozen for a while',
  plans: [
    'full',
    'frozen-memory',
    {
      id: 'for-a-while',
      title: 'Memory frozen for a while',
      freeze: [{ what: 'memory', from: { epoch: 20 }, until: { epoch: 40 } }],
    },
  ],
  seeds: 10,
  data: { train: { strings: 1000, lengths: [10, 40] }, validation: { strings: 100, lengths: [10, 40] } },
  training: { batch: 10, epochs: 60, learningRate: 0.01, earlyStop: null },
}

const MAKE: Readonly<
  Record<HistoryName, (home: string, say: (what: string) => void) => Promise<Record<string, string>>>
> = {
  empty: () => Promise.resolve({}),
  one: home =>
    withApp(home, async app => ({
      only: await train(app, { ...quickLook, name: 'First look', plans: ['full'], seeds: [1] }),
    })),
  async many(home, say) {
    say(`${RUNS.toLocaleString('en-US')} made-up runs`)
    addMadeUpRuns(home, RUNS - 12 - 3 - 4)
    return withApp(home, async app => {
      const studies: Record<string, string> = {}
      for (const [name, content] of Object.entries({
        stack: STACK,
        nondeterministic: NONDETERMINISTIC,
        quick: quickLook,
      })) {
        say(`training “${content.name}”`)
        studies[name] = await train(app, content)
      }
      await tidy(app)
      return studies
    })
  },
}

async function train({ lab }: ServedApp, content: unknown): Promise<string> {
  return (await trained({ client: lab }, content, PATIENCE_MS)).id
}

/** A draft on the table, one with a mistake, and something in the trash. */
async function tidy({ lab }: ServedApp): Promise<void> {
  await lab.drafts.save({
    name: MISTAKEN,
    content: { ...STACK, name: MISTAKEN, seeds: 0, data: { train: { strings: 0 } } },
  })
  await lab.drafts.save({ name: DRAFT, content: { ...STACK, name: DRAFT, seeds: 10 } })
  const { rows } = await lab.runs.list({ search: 'status:failed', limit: 3 })
  if (rows.length > 0) await lab.runs.remove({ runs: rows.map(({ id }) => id) })
  const [study] = (await lab.studies.list()).filter(({ name }) => name.startsWith('Rates'))
  if (study) await lab.studies.remove({ studyId: study.id })
}

async function withApp<T>(home: string, use: (app: ServedApp) => Promise<T>): Promise<T> {
  const app = await serveApp(home)
  try {
    return await use(app)
  } finally {
    await app.stop()
  }
}

/** The history of this name in `folder`: the one that is there, or a new one. */
export async function historyIn(folder: string, name: HistoryName, say: (what: string) => void): Promise<History> {
  const home = join(folder, name)
  const list = join(home, 'studies.json')
  if (!existsSync(list)) {
    rmSync(home, { recursive: true, force: true })
    mkdirSync(home, { recursive: true })
    const studies = await MAKE[name](home, say)
    writeFileSync(`${list}.new`, JSON.stringify(studies))
    renameSync(`${list}.new`, list)
  }
  return { home, studies: JSON.parse(readFileSync(list, 'utf8')) as Record<string, string> }
}
