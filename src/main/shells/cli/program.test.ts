import { writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { INKS } from '../../../figures/palette.ts'
import { cutOff, inked, overprinted, pictureOf, unread, wordsOf } from '../../../figures/testing/picture.ts'
import { openHistory } from '../../history/history.ts'
import { withHome } from '../../history/testing/fixtures.ts'
import type { StartWorker } from '../../training/thread.ts'
import { runProgram } from './program.ts'
import { SMALL, studyFile } from './testing/studies.ts'

const realWorker: StartWorker = () => new Worker(new URL('../../training/worker.ts', import.meta.url))

/** Runs a command in this process. */
async function command(
  args: readonly string[],
  { startWorker = realWorker, isTTY = false, env = {} as NodeJS.ProcessEnv } = {},
) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runProgram(
    {
      terminal: {
        out: { write: text => out.push(text), isTTY, columns: 100 },
        err: { write: text => err.push(text), isTTY, columns: 100 },
        env,
      },
      startWorker,
      startIsolated: startWorker,
      app: { version: '1.2.3', commit: null, lockHash: null },
      script: 'src/main/cli.ts',
    },
    args,
  )
  return { code, out: out.join(''), err: err.join('') }
}

/** Crashes as soon as it is given a run of this plan. */
const crashingOn =
  (planId: string): StartWorker =>
  () =>
    new Worker(
      `
  const { parentPort } = require('node:worker_threads')
  parentPort.on('message', job => {
    if (job.planId === ${JSON.stringify(planId)}) throw new Error('it broke')
    if (job.kind === 'train') parentPort.postMessage({ kind: 'events', runId: job.runId, events: [{ kind: 'done', reason: 'finished', epochs: 0, bestEpoch: -1 }] })
    if (job.kind === 'train') parentPort.postMessage({ kind: 'ended', runId: job.runId, failure: null })
    if (job.kind === 'limits') parentPort.postMessage({ kind: 'limits', limits: [] })
  })`,
      { eval: true },
    )

describe('a run that crashes', () => {
  it('is named at the end, with exit code 1; the others are trained', () =>
    withHome(async folder => {
      const args = ['--home', join(folder, 'home')]
      const { code, err } = await command(['run', studyFile(folder, SMALL), ...args], {
        startWorker: crashingOn('frozen-memory'),
      })
      const study = /^Study (\w+)/.exec(err)![1]!
      expect(code).toBe(1)
      for (const seed of [1, 2])
        expect(err).toContain(`Run ${study}.frozen-memory.${seed} failed: The worker thread crashed: it broke\n`)
      expect(err.trim().split('\n').at(-1)).toBe(
        `To go on: node src/main/cli.ts resume ${study} --home ${join(folder, 'home')}`,
      )
      const history = openHistory({ home: join(folder, 'home') })
      expect(history.runs.list().map(({ planId, status }) => `${planId} ${status}`)).toEqual([
        'full finished',
        'frozen-memory failed',
        'full finished',
        'frozen-memory failed',
      ])
      history.close()
      expect(await command(['resume', ...args])).toMatchObject({
        code: 0,
        err: expect.stringContaining('Going on with 2 runs') as string,
      })
    }))

  it('under npm is resumed under npm', () =>
    withHome(async folder => {
      const { err } = await command(['run', studyFile(folder, SMALL), '--home', join(folder, 'a home')], {
        startWorker: crashingOn('full'),
        env: { npm_lifecycle_event: 'study' },
      })
      expect(err).toMatch(/^To go on: npm run permafrost -- resume \w+ --home '\/.* home'$/m)
    }))
})

describe('on a terminal', () => {
  it('training is shown in lines that move, and the comparison in colour', () =>
    withHome(async folder => {
      const { code, out, err } = await command(
        [
          'run',
          studyFile(folder, { ...SMALL, seeds: 1, training: { ...SMALL.training, epochs: 40 } }),
          '--home',
          join(folder, 'home'),
        ],
        { isTTY: true },
      )
      expect(code).toBe(0)
      expect(out).toContain('\u001b[1m')
      expect(err).toMatch(/\u001b\[\d+A\r\u001b\[0J/)
      const frames = err.split('\u001b[0J').map(frame =>
        frame
          .replace(/\u001b\[\d+A\r/g, '')
          .split('\n')
          .slice(0, -1),
      )
      expect(frames.at(-1)).toEqual([expect.stringMatching(/^Small {2}━{24} {2}2 of 2 runs, 100 %, 0:\d\d gone$/)])
      expect(Math.max(...frames.flat().map(line => [...line].length))).toBeLessThanOrEqual(120)
    }))

  it('colours are left out when they are not wanted', () =>
    withHome(async folder => {
      const args = ['--home', join(folder, 'home')]
      await command(['run', studyFile(folder, SMALL), ...args], { startWorker: crashingOn('none') })
      expect((await command(['compare', ...args], { isTTY: true, env: { NO_COLOR: '1' } })).out).not.toContain('\u001b')
    }))
})

describe('compare --figures', () => {
  it('writes every figure of the comparison as a picture that can be read', () =>
    withHome(async folder => {
      const [home, to] = [join(folder, 'home'), join(folder, 'pictures')]
      await command(['run', studyFile(folder, SMALL), '--home', home])
      const { code, err } = await command(['compare', '--home', home, '--figures', to])
      expect(code).toBe(0)
      const names = readdirSync(to).sort()
      expect(err.trim().split('\n').sort()).toEqual(names.map(name => join(to, name)))
      expect(names).toEqual([
        'learning-trainLoss.svg',
        'learning-validationAccuracy.svg',
        'learning-validationDifference.svg',
        'learning-validationLoss.svg',
        'length-accuracy.svg',
        'length-cross-entropy.svg',
        'pairs-cross-entropy-difference-long.svg',
        'pairs-cross-entropy-difference-short.svg',
        'pairs-retention.svg',
        'seeds-cross-entropy-difference-long.svg',
        'seeds-cross-entropy-difference-short.svg',
        'seeds-retention.svg',
      ])
      for (const name of names) {
        const svg = readFileSync(join(to, name), 'utf8')
        const words = wordsOf(svg)
        const picture = await pictureOf(svg)
        expect([name, unread(picture, words), overprinted(words), cutOff(picture, words)]).toEqual([name, [], [], []])
        expect(words.map(({ text }) => text)).toContain('Memory frozen')
        if (!name.startsWith('pairs'))
          expect(
            inked(picture, { ...picture, left: 90, top: 90, right: 890, bottom: 480 }, INKS.light.plans[1]!),
          ).toBeGreaterThan(20)
      }
    }))

  it('is refused beside --published', async () => {
    const { code, err } = await command(['compare', '--published', '--figures', 'here'])
    expect([code, err]).toEqual([2, expect.stringContaining('--figures is "here"')])
  })
})

describe('compare --published', () => {
  it('puts the published figures beside the history, which may be empty', () =>
    withHome(async folder => {
      const { code, out } = await command(['compare', '--published', '--home', join(folder, 'home')])
      expect([code, out]).toEqual([0, expect.stringContaining('0 of 126 published cells measured')])
      const { claims } = JSON.parse(
        (await command(['compare', '--published', '--json', '--home', join(folder, 'home')])).out,
      ) as { claims: { outcome: string }[] }
      expect(claims.map(({ outcome }) => outcome)).toEqual(Array(5).fill('missing'))
    }))

  it('is of all studies, and takes none', () =>
    withHome(async folder => {
      const { code, err } = await command(['compare', 'a-study', '--published', '--home', join(folder, 'home')])
      expect([code, err]).toEqual([2, expect.stringContaining('all studies of the history are looked at')])
    }))
})

describe('--home', () => {
  it('that is empty or a file is an error, and not a place without studies', () =>
    withHome(async folder => {
      const file = studyFile(folder, SMALL)
      for (const [home, found] of [
        ['', '--home is ""'],
        [file, 'this is a file'],
      ] as const) {
        const { code, out, err } = await command(['ls', '--home', home])
        expect([code, out]).toEqual([2, ''])
        expect(err).toContain(found)
      }
    }))

  it('whose history is damaged is restored by the command that the message names', () =>
    withHome(async home => {
      const history = openHistory({ home })
      history.backups.make()
      history.close()
      writeFileSync(join(home, 'history.sqlite'), 'x'.repeat(9000))
      const refused = await command(['ls', '--home', home])
      expect([refused.code, refused.out]).toEqual([1, ''])
      expect(refused.err).toContain(`permafrost restore --home ${home}`)
      const restored = await command(['restore', '--home', home])
      expect([restored.code, restored.err]).toEqual([0, ''])
      expect(restored.out).toContain('0 studies, 0 runs')
      expect((await command(['ls', '--home', home])).code).toBe(0)
    }))
})
