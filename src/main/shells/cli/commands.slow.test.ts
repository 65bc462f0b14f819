import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Comparison } from '../../../shared/comparison.ts'
import type { RunSummary, Study } from '../../../shared/records.ts'
import { withHome } from '../../history/testing/fixtures.ts'
import { records, runCli, startCli } from './testing/cli-process.ts'
import { LONG, SMALL, studyFile } from './testing/studies.ts'
import type { WholeRun } from './show-command.ts'
import { figures, pool } from '../../../shared/score.ts'

const json = async <T>(...args: string[]): Promise<T> => {
  const { code, out, err } = await runCli([...args, '--json'])
  expect([code, err]).toEqual([0, ''])
  return JSON.parse(out) as T
}

describe('a study on the command line', () => {
  it('is trained, listed, shown, compared and exported, and all say the same', () =>
    withHome(async folder => {
      const [file, home] = [studyFile(folder, SMALL), join(folder, 'home')]
      const ran = await runCli(['run', file, '--home', home, '--json'])
      expect(ran.code, ran.err).toBe(0)
      const told = records(ran.out)
      const of = (kind: string): Record<string, unknown>[] => told.filter(record => record.kind === kind)
      expect(['study', 'begun', 'epoch', 'ended', 'comparison'].map(kind => of(kind).length)).toEqual([1, 4, 16, 4, 1])

      const [study, ...others] = await json<Study[]>('ls', '--home', home)
      expect(others).toEqual([])
      expect(study).toMatchObject({ id: of('study')[0]!.study, name: 'Small', runs: { finished: 4 } })
      const runs = await json<RunSummary[]>('ls', study!.id, '--home', home)
      expect(runs.map(({ planId, seed }) => [planId, seed])).toEqual([
        ['full', 1],
        ['frozen-memory', 1],
        ['full', 2],
        ['frozen-memory', 2],
      ])
      expect(
        of('ended')
          .map(({ run, status }) => [run, status])
          .sort(),
      ).toEqual(runs.map(({ id }) => [id, 'finished']).sort())
      expect((await json<{ runs: RunSummary[] }>('show', study!.name, '--home', home)).runs).toEqual(runs)

      const frozen = await json<WholeRun>('show', runs[1]!.id, '--home', home)
      expect(
        frozen.epochs.map(({ epoch, step, trainLoss, validation }) => ({ epoch, step, trainLoss, validation })),
      ).toEqual(
        of('epoch')
          .filter(({ run }) => run === frozen.run.id)
          .map(({ epoch, step, trainLoss, validation }) => ({ epoch, step, trainLoss, validation })),
      )
      expect(frozen.parameterCounts).toEqual({ controller: 260, memory: 36, classifier: 24 })
      expect(frozen.timesFull).toBeGreaterThan(0)

      const comparison = await json<Comparison>('compare', '--home', home)
      expect(of('comparison')[0]!.comparison).toEqual(comparison)
      expect(comparison.plans.map(({ id, seeds }) => [id, seeds])).toEqual([
        ['full', [1, 2]],
        ['frozen-memory', [1, 2]],
      ])
      expect(
        comparison.bins.map(({ name, floorAccuracy, ceilingAccuracy }) => [name, floorAccuracy! < ceilingAccuracy!]),
      ).toEqual([
        ['short', true],
        ['long', true],
      ])
      const { accuracy } = figures(pool(frozen.scores.best.filter(({ bin }) => bin === 'long')))
      expect(comparison.plans[1]!.bins.long!.accuracy!.values[0]).toEqual({ seed: 1, value: accuracy })

      const { files } = await json<{ files: string[] }>('export', '--home', home, '--to', join(folder, 'out'))
      expect(files.map(path => path.slice(join(folder, 'out').length + 1)).sort()).toEqual(
        readdirSync(join(folder, 'out')).sort(),
      )
      const exported = (name: string): string => readFileSync(join(folder, 'out', name), 'utf8')
      expect(JSON.parse(exported('comparison.json'))).toEqual(comparison)
      expect(JSON.parse(exported('study.json'))).toEqual(study)
      expect(exported('epochs.csv').trim().split('\n').length).toBe(1 + 16)
      await json('export', runs[0]!.id, '--home', home, '--to', join(folder, 'run'))
      expect(JSON.parse(readFileSync(join(folder, 'run', 'run.json'), 'utf8'))).toMatchObject({ run: runs[0] })
    }))

  it('prints the comparison for people, and is not trained twice unless it is asked to be', () =>
    withHome(async folder => {
      const args = ['run', studyFile(folder, SMALL), '--home', join(folder, 'home')]
      const first = await runCli(args)
      expect([first.code, first.err]).toEqual([0, expect.stringContaining('2 plans × 2 seeds = 4 runs')])
      const lines = first.out.trimEnd().split('\n')
      expect(lines.length).toBeLessThanOrEqual(8)
      expect(lines.at(-1)).toMatch(/^`compare \S+` shows tables, tests and words\.$/)
      const full = await runCli([...args, '--full'])
      for (const words of [
        'Full training',
        'Memory frozen',
        'floor: trivial predictor',
        'ceiling: optimal predictor',
        'Retention',
        'Holm p',
      ])
        expect(full.out).toContain(words)
      expect(full.out.trimEnd().endsWith(lines.slice(0, -1).join('\n'))).toBe(true)
      const second = await runCli(args)
      expect([second.code, second.out, second.err]).toEqual([
        0,
        first.out,
        expect.stringContaining('4 of 4 runs are done; nothing is left to train'),
      ])
      const again = await runCli([...args, '--again', '--json'])
      expect([again.code, records(again.out).filter(({ kind }) => kind === 'ended').length]).toEqual([0, 4])
      expect((await json<Study[]>('ls', '--home', join(folder, 'home'))).length).toBe(2)
    }))

  it('gives the same weights and scores again', () =>
    withHome(async folder => {
      const file = studyFile(folder, { ...SMALL, seeds: [7] })
      const results = []
      for (const workers of ['1', '2']) {
        const home = join(folder, workers)
        expect((await runCli(['run', file, '--home', home, '--workers', workers])).code).toBe(0)
        const runs = await json<RunSummary[]>('ls', 'Small', '--home', home)
        results.push(
          await Promise.all(
            runs.map(async ({ id }) => {
              const { checkpoints, scores } = await json<WholeRun>('show', id, '--home', home)
              return [checkpoints.map(({ which, sha256 }) => [which, sha256]), scores]
            }),
          ),
        )
      }
      expect(results[1]).toEqual(results[0])
    }))

  it('may be a grid: every task with every model', () =>
    withHome(async folder => {
      const { task: _, model, ...common } = SMALL
      const grid = {
        ...common,
        seeds: 1,
        name: 'Grid',
        tasks: [{ id: 'marked-reversal' }, { id: 'marked-copy' }],
        models: [
          { name: 'lstm', controller: model.controller },
          { name: 'stack', ...model },
        ],
      }
      const { code, err } = await runCli(['run', studyFile(folder, grid), '--home', join(folder, 'home')])
      expect(code, err).toBe(0)
      // Without a memory both plans are the same training, which is done once.
      expect((await json<Study[]>('ls', '--home', join(folder, 'home'))).map(({ name, runs }) => [name, runs])).toEqual(
        [
          ['Grid · marked-reversal · lstm', { finished: 1 }],
          ['Grid · marked-reversal · stack', { finished: 2 }],
          ['Grid · marked-copy · lstm', { finished: 1 }],
          ['Grid · marked-copy · stack', { finished: 2 }],
        ],
      )
    }))
})

describe('bad input', () => {
  const study = (changes: Record<string, unknown>): string => JSON.stringify({ ...SMALL, ...changes })
  const cases: [string, string, string[]][] = [
    ['an unknown task', study({ task: { id: 'mirror' } }), ['study.task.id', '"mirror"', 'marked-reversal']],
    [
      'a task option out of range',
      study({ task: { id: 'marked-reversal', kinds: 0 } }),
      ['study.task.kinds', '0', 'from 1 to 200'],
    ],
    [
      'a width of 0',
      study({ model: { memory: { id: 'superposition-stack', widths: [0] } } }),
      ['study.model.memory.widths', '[0]', 'from 1'],
    ],
    [
      'no units',
      study({ model: { controller: { id: 'lstm', units: 0 } } }),
      ['study.model.controller.units', '0', 'from 1 to 8192'],
    ],
    [
      'an unknown memory',
      study({ model: { memory: { id: 'tape' } } }),
      ['study.model.memory.id', '"tape"', 'superposition-stack'],
    ],
    ['NaN in JSON', study({ training: { learningRate: 5 } }).replace('5', 'NaN'), ['study.json is not JSON', 'NaN']],
    [
      'NaN as a text',
      study({ training: { learningRate: 'NaN' } }),
      ['study.training.learningRate', '"NaN"', 'a number'],
    ],
    [
      'a learning rate of 0',
      study({ training: { learningRate: 0 } }),
      ['study.training.learningRate', '0', 'more than 0'],
    ],
    [
      'an optimizer option',
      study({ training: { optimizer: { id: 'adam', beta1: 2 } } }),
      ['study.training.optimizer.beta1', '2', '0.999999'],
    ],
    [
      'a plan for an unknown component',
      study({ plans: ['full', { id: 'odd', freeze: [{ what: 'tape' }] }] }),
      ['study.plans.1.freeze.0.what', '"tape"', 'memory.actions'],
    ],
    ['an unknown plan', study({ plans: ['fool'] }), ['study.plans.0', '"fool"', 'frozen-memory']],
    ['a misspelt field', study({ epoch: 3 }), ['study.epoch', '3', 'no such field']],
    [
      'lengths without strings',
      study({ data: { train: { lengths: [4, 4] } } }),
      ['study.data.train.lengths', '[4,4]', 'has strings'],
    ],
    ['no seeds', study({ seeds: 0 }), ['study.seeds', '0', 'at least 1']],
    ['no study', '[]', ['study is []', 'a record']],
    ['no JSON', '{ "name": ', ['study.json is not JSON', 'allowed']],
  ]

  it.each(cases)('%s: one line, exit code 2, and nothing is written', (_, content, words) =>
    withHome(async folder => {
      const home = join(folder, 'home')
      const { code, out, err } = await runCli(['run', studyFile(folder, content), '--home', home])
      expect([code, out]).toEqual([2, ''])
      expect(err).toMatch(/^permafrost: [^\n]+\n$/)
      for (const word of words) expect(err).toContain(word)
      expect(existsSync(home)).toBe(false)
    }),
  )

  const sentences = (sentence: string, times: number): string =>
    Array.from({ length: times }, () => sentence).join('\n')
  const textStudy = {
    name: 'Text',
    task: { id: 'text', path: '{text}', form: 'tokens' },
    model: { controller: { id: 'lstm', units: 4 } },
    plans: ['full'],
    seeds: 1,
    training: { batch: 2, steps: 5, epochs: 1 },
  }
  const treebank = { ...textStudy, task: { id: 'penn-treebank', path: '{text}' } }
  const stack = { ...textStudy, task: { id: 'text' }, model: { memory: { id: 'nondeterministic-stack', window: 0 } } }
  const texts: [string, object, Readonly<Record<string, string>>, string[]][] = [
    [
      'an empty text',
      textStudy,
      { 'book.txt': '' },
      ['study.task.path', 'train part has at least 100 words (it has 0)'],
    ],
    [
      'a text of one word',
      textStudy,
      { 'book.txt': sentences('a a a', 100) },
      ['study.task.path', 'at least 2 different words (it has 1)'],
    ],
    [
      'a folder without texts',
      textStudy,
      { 'notes.md': 'a b' },
      ['study.task.path', 'folder or archive with train.txt'],
    ],
    [
      'a text that is not there',
      { ...textStudy, task: { id: 'text', path: 'nowhere.txt' } },
      {},
      ['study.task.path is "nowhere.txt"', 'or --text PATH, which says where the text is'],
    ],
    [
      'a treebank without a file',
      treebank,
      { 'ptb.train.txt': sentences('a b', 100), 'ptb.test.txt': 'a' },
      ['study.task.path', 'a folder or archive with ptb.valid.txt'],
    ],
    [
      'an altered treebank',
      treebank,
      { 'ptb.train.txt': sentences('a b', 100), 'ptb.valid.txt': 'a', 'ptb.test.txt': 'a' },
      ['study.task.path', 'ptb.train.txt of 929589 words', 'this one has 300'],
    ],
    [
      'a treebank of which nothing is known',
      { ...treebank, task: { id: 'penn-treebank' } },
      {},
      ['study.task.path is ""', 'ptb.valid.txt', 'or --text PATH'],
    ],
    ['a window of 0', stack, {}, ['study.model.memory.window is 0', 'from 1 to 1000000']],
    [
      'a window as long as a text',
      { ...stack, model: { memory: { id: 'nondeterministic-stack' } } },
      {},
      ['study.model.memory.window', 'at most 1000 for text'],
    ],
    [
      'words a step of 0',
      { ...textStudy, training: { steps: 0 } },
      { 'book.txt': sentences('a b', 100) },
      ['study.training.steps is 0', 'at least 1'],
    ],
  ]
  it.each(texts)('%s: one line, exit code 2, and nothing is written', (_, content, files, words) =>
    withHome(async folder => {
      const [home, place] = [join(folder, 'home'), join(folder, 'text')]
      mkdirSync(place)
      for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text)
      const { code, out, err } = await runCli([
        'run',
        studyFile(folder, JSON.stringify(content).replace('{text}', place)),
        '--home',
        home,
      ])
      expect([code, out]).toEqual([2, ''])
      expect(err).toMatch(/^permafrost: [^\n]+\n$/)
      for (const word of words) expect(err).toContain(word)
      expect(existsSync(home)).toBe(false)
    }),
  )

  it('--text says where the text is, for that run and those that go on with it; a study without a text refuses it', () =>
    withHome(async folder => {
      const home = join(folder, 'home')
      const book = join(folder, 'book.txt')
      writeFileSync(book, sentences('a b c a', 100))
      const file = studyFile(folder, { ...textStudy, task: { id: 'text', form: 'tokens', path: 'nowhere' } })
      expect(await runCli(['run', file, '--text', book, '--home', home])).toMatchObject({ code: 0 })
      expect((await json<Study[]>('ls', '--home', home))[0]!.spec.task).toEqual({
        id: 'text',
        form: 'tokens',
        path: book,
      })
      const refused = await runCli([
        'run',
        studyFile(folder, SMALL, 'small.json'),
        '--text',
        book,
        '--home',
        join(folder, 'other'),
      ])
      expect([refused.code, refused.err, existsSync(join(folder, 'other'))]).toEqual([
        2,
        expect.stringContaining(`--text is "${book}"; allowed: a study whose task reads a text`),
        false,
      ])
    }))

  it.each([
    ['no command of ours', ['bogus'], 'bogus'],
    ['an unknown option', ['ls', '--loud'], '--loud'],
    ['no file', ['run', 'missing.json'], 'no such file'],
    ['an unknown device', ['run', '{file}', '--device', 'abacus'], '--device is "abacus"; allowed: wasm'],
    ['no workers', ['run', '{file}', '--workers', '0'], '--workers is "0"; allowed: a whole number from 1'],
    ['an unknown study', ['compare', 'nope'], 'nope'],
    ['an unknown run', ['show', 'a.b.1'], 'a.b.1'],
    ['an unknown measure', ['compare', '--target', 'luck'], 'luck'],
    ['unknown weights', ['compare', '--weights', 'middle'], '--weights is "middle"; allowed: best, last'],
  ])('%s: one line, exit code 2, and nothing is written', (_, args, word) =>
    withHome(async folder => {
      const home = join(folder, 'home')
      const file = studyFile(folder, SMALL)
      const { code, err } = await runCli(
        args.map(arg => arg.replace('{file}', file)),
        { PERMAFROST_HOME: home },
      )
      expect(code).toBe(2)
      expect(err).toMatch(/^permafrost: [^\n]+\n$/)
      expect(err).toContain(word)
      expect(existsSync(home)).toBe(false)
    }),
  )

  it('a truncated checkpoint is named, and the run is left as it is until it is begun anew', () =>
    withHome(async folder => {
      const home = join(folder, 'home')
      const file = studyFile(folder, { ...LONG, plans: ['full'], seeds: [1] })
      const stopped = startCli(['run', file, '--home', home, '--json'])
      await stopped.says('"kind":"epoch"')
      stopped.child.kill('SIGINT')
      expect((await stopped.finished).code).toBe(130)
      const [run] = await json<RunSummary[]>('ls', 'Long', '--home', home)
      const checkpoint = join(home, 'checkpoints', run!.id, 'last.safetensors')
      truncateSync(checkpoint, statSync(checkpoint).size - 100)
      for (const args of [['resume'], ['run', file]]) {
        const { code, err } = await runCli([...args, '--home', home])
        expect(code).toBe(2)
        expect(err.trim().split('\n').at(-1)).toMatch(
          /^permafrost: The last checkpoint of run .* is missing or damaged.* Allowed: /,
        )
        expect(err).toContain(checkpoint)
        expect(await json<RunSummary[]>('ls', 'Long', '--home', home)).toEqual([run])
      }
      const anew = await runCli(['resume', run!.id, '--from-start', '--home', home])
      expect(anew.code, anew.err).toBe(0)
      expect((await json<RunSummary[]>('ls', 'Long', '--home', home))[0]).toMatchObject({
        status: 'finished',
        epochsDone: 60,
      })
    }))
})

describe('what the lab has', () => {
  it.each([
    ['tasks', 'marked-reversal'],
    ['memories', 'superposition-stack'],
    ['controllers', 'lstm'],
    ['optimizers', 'adam'],
    ['devices', 'wasm'],
  ])('%s are printed for people and as JSON', async (command, id) => {
    const { code, out } = await runCli([command])
    expect([code, out]).toEqual([0, expect.stringMatching(new RegExp(`^${id} `, 'm'))])
    expect((await json<{ id: string }[]>(command)).map(part => part.id)).toContain(id)
  })

  it('looking makes no history', () =>
    withHome(async folder => {
      const home = join(folder, 'home')
      expect(await runCli(['ls', '--home', home])).toMatchObject({ code: 0, out: `No studies in ${home} yet.\n` })
      expect(await json('ls', '--home', home)).toEqual([])
      expect(await runCli(['resume', '--home', home])).toMatchObject({
        code: 0,
        err: 'There is nothing to go on with.\n',
      })
      expect(existsSync(home)).toBe(false)
      mkdirSync(home)
      expect((await runCli(['show', '--home', home])).code).toBe(2)
      expect(readdirSync(home)).toEqual([])
    }))

  it('help names the exit codes', async () => {
    const { code, out } = await runCli(['--help'])
    expect([code, out]).toEqual([0, expect.stringMatching(/Exit codes:[\s\S]* 0 [\s\S]* 1 [\s\S]* 2 [\s\S]* 130 /)])
  })
})
