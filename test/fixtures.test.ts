import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { natsOfWeights, readCells, readCheckpoints, tensorHashes, trainCell } from '../scripts/fixtures/cells.ts'
import { filesIn, readFixture, readJson, unpackFolder } from '../scripts/fixtures/files.ts'
import { goldenOf, type Golden } from '../scripts/fixtures/golden.ts'
import { runsOf, tableOf, toldComparison, toldHistory, toldState } from '../scripts/fixtures/read.ts'
import type { ToldHistory, ToldRun } from '../scripts/fixtures/read.ts'
import { openRig, until, type Rig } from '../src/main/app/testing/rig.ts'
import type { LabClient } from '../src/shared/contract/index.ts'

/** What released versions have made, and this one must read as they did: see `scripts/make-fixtures.ts`. */

const FIXTURES = join(import.meta.dirname, 'fixtures')
/** Of a loss that is computed here: the last bits of float32 differ between processors. */
const PASS = 1e-5
/** After some hundred steps of training. */
const TRAINED = 1e-4

interface Told {
  readonly history: ToldHistory
  readonly comparisons: Readonly<Record<string, unknown>>
  readonly state: unknown
  /** By seed: how the runs that were stopped end when nothing stops them. */
  readonly undisturbed: Readonly<Record<string, Pick<ToldRun, 'status' | 'step' | 'epochs' | 'scores'>>>
}

describe.each(readdirSync(FIXTURES))('what version %s made', version => {
  const folder = join(FIXTURES, version)

  describe('a history', () => {
    const told = readJson<Told>(join(folder, 'home.told.long.json'))
    const homes: string[] = []
    const rigs: Rig[] = []
    let lab: LabClient

    /** The app over a folder that is gone after the tests. */
    function open(prepare: (home: string) => void = () => {}): LabClient {
      const home = mkdtempSync(join(tmpdir(), 'permafrost-fixtures-'))
      homes.push(home)
      prepare(home)
      const rig = openRig(home)
      rigs.push(rig)
      return rig.client
    }

    beforeAll(() => {
      lab = open(home => unpackFolder(join(folder, 'home'), home))
    })

    afterAll(async () => {
      for (const rig of rigs) await rig.close()
      for (const home of homes) rmSync(home, { recursive: true, force: true })
    })

    it('has its studies and runs, with every score', async () => {
      const { studies, runs } = await toldHistory(lab)
      expect(studies).toEqual(told.history.studies)
      expect(Object.keys(runs)).toEqual(Object.keys(told.history.runs))
      for (const [name, run] of Object.entries(told.history.runs)) expect(runs[name], name).toEqual(run)
    })

    it('gets what the choice of a length costs, which its runs did not say', async () => {
      const studyId = await studyNamed(lab, 'Stack')
      const known = async () =>
        (await lab.runs.list({})).rows.filter(row => row.studyId === studyId && row.lastAccuracy !== null)
      await until(async () => (await known()).every(row => row.lastDifference !== null), 60_000)
      const { plans, bins } = await lab.comparison.get({ studyId })
      const rows = await known()
      expect(rows.length).toBeGreaterThan(1)
      for (const { planId, seed, lastDifference } of rows) {
        const { values } = plans.find(({ id }) => id === planId)!.bins[bins.at(-1)!.name]!['cross-entropy-difference']!
        const compared = values.find(one => one.seed === seed)
        if (compared) expect(compared.value).toBe(lastDifference)
      }
    })

    it('has drafts, settings and layout beside it', async () => {
      expect(await toldState(lab)).toEqual(told.state)
    })

    it.each(Object.keys(told.comparisons))('compares %s', async name => {
      expect(await toldComparison(lab, await studyNamed(lab, name))).toEqual(told.comparisons[name])
    })

    it('is exported as tables', async () => {
      const files = await lab.studies.exportTables({ studyId: await studyNamed(lab, 'Stack') })
      const rows = tableOf(files, 'runs.csv').map(({ plan, seed, status, steps }) => [
        `Stack/${plan}/${seed}`,
        status,
        Number(steps),
      ])
      const expected = namesOf(told.history, 'Stack').map(name => [
        name,
        told.history.runs[name]!.status,
        told.history.runs[name]!.step,
      ])
      expect(rows.sort()).toEqual(expected.sort())
    })

    it('goes into a bundle and out of it as it was', async () => {
      const { name, bytes } = await lab.studies.exportBundle({ studyId: await studyNamed(lab, 'Stack') })
      const copy = open()
      await copy.studies.importFiles({ files: [{ name, bytes }] })
      const { runs } = await toldHistory(copy)
      expect(Object.keys(runs)).toEqual(namesOf(told.history, 'Stack'))
      for (const [run, content] of Object.entries(runs)) expect(content, run).toEqual(told.history.runs[run])
    })

    it('gave a bundle that is read', async () => {
      const copy = open()
      const bytes = new Uint8Array(readFixture(join(folder, 'stack.permafrost')))
      await copy.studies.importFiles({ files: [{ name: 'stack.permafrost', bytes }] })
      const { runs } = await toldHistory(copy)
      expect(Object.keys(runs)).toEqual(namesOf(told.history, 'Stack'))
      // It was made before a person wrote notes and tags.
      const untouched = { starred: false, archived: false, note: '', tags: [] }
      for (const [run, content] of Object.entries(runs))
        expect(content, run).toEqual({ ...told.history.runs[run], ...untouched })
    })

    it('gave a backup that stands in for it', async () => {
      const [backup] = filesIn(join(folder, 'backup'))
      const restored = open(home => {
        mkdirSync(home, { recursive: true })
        writeFileSync(join(home, 'history.sqlite'), readFixture(join(folder, 'backup', backup!.replace(/\.gz$/, ''))))
      })
      const { runs } = await toldHistory(restored)
      expect(Object.keys(runs)).toEqual(Object.keys(told.history.runs))
      // One run was being trained when the copy was made.
      const over = Object.entries(told.history.runs).filter(([, { status }]) => status !== 'interrupted')
      for (const [name, run] of over) expect(runs[name], name).toEqual(run)
    })

    it('trains its stopped runs to the end that they would have had', async () => {
      const runs = await runsOf(lab, await studyNamed(lab, 'Stopped'))
      const stopped = runs.filter(({ status }) => ['paused', 'interrupted', 'cancelled'].includes(status))
      expect(stopped).toHaveLength(3)
      await lab.queue.resume({ runs: stopped.map(({ id }) => id) })
      await lab.queue.open()
      await until(async () => {
        const { running, waitingCount } = await lab.queue.get()
        return running.length + waitingCount === 0
      }, 240_000)
      const { runs: ended } = await toldHistory(lab)
      for (const { planId, seed } of stopped) {
        const [run, expected] = [ended[`Stopped/${planId}/${seed}`]!, told.undisturbed[seed]!]
        expect([run.status, run.step]).toEqual([expected.status, expected.step])
        expect(run.epochs).toHaveLength(expected.epochs.length)
        run.epochs.forEach(({ trainLoss, validationLoss }, epoch) => {
          near(trainLoss, expected.epochs[epoch]!.trainLoss, TRAINED)
          near(validationLoss, expected.epochs[epoch]!.validationLoss, TRAINED)
        })
        run.scores.best.forEach(({ nats }, i) => near(nats, expected.scores.best[i]!.nats, TRAINED))
      }
    }, 300_000)
  })

  describe('checkpoints', () => {
    const cells = readCells(folder)

    it.each(Object.keys(cells))('of %s are loaded, and training goes on from them', async name => {
      const { study, tensors, nats, end } = cells[name]!
      const files = readCheckpoints(folder, name)
      expect({ best: tensorHashes(files.best), last: tensorHashes(files.last) }).toEqual(tensors)
      near(await natsOfWeights(study, files.best), nats, PASS)
      const ended = await trainCell(study, () => {}, files)
      near(ended.trainLoss, end.trainLoss, TRAINED)
      near(ended.nats, end.nats, TRAINED)
    })
  })

  describe('study files', () => {
    const golden = (part: keyof Golden) =>
      readJson<Record<string, unknown>>(join(folder, 'golden', `${part}.long.json`))
    let now: Golden
    beforeAll(() => {
      now = goldenOf(join(folder, 'studies'))
    }, 60_000)

    it.each(['specs', 'identities', 'strings'] as const)('still have their %s', part => {
      // One by one: all of them are too much to look at when one is another.
      for (const [name, content] of Object.entries(golden(part))) expect(now[part][name], name).toEqual(content)
    })

    it('still have the defaults of every part', () => {
      // A part may have got further options.
      for (const [name, options] of Object.entries(golden('defaults')))
        expect(now.defaults[name], name).toMatchObject(options as object)
    })
  })
})

function near(found: number, expected: number, share: number): void {
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(share * Math.max(1, Math.abs(expected)))
}

async function studyNamed(client: LabClient, name: string): Promise<string> {
  return (await client.studies.list({ archived: 'any' })).find(study => study.name === name)!.id
}

const namesOf = ({ runs }: ToldHistory, study: string): string[] =>
  Object.keys(runs).filter(name => name.startsWith(`${study}/`))
