import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openHistory } from '../../history/history.ts'
import { withHome } from '../../history/testing/fixtures.ts'
import { startCli } from './testing/cli-process.ts'
import { LONG, studyFile } from './testing/studies.ts'

it('a training whose home is deleted ends with 1, and its checkpoints are saved beside', () =>
  withHome(async folder => {
    const home = join(folder, 'home')
    const cli = startCli(['run', studyFile(folder, LONG), '--home', home, '--json', '--checkpoint-every', '0'])
    await cli.says('"kind":"epoch"')
    rmSync(home, { recursive: true })
    const { code, err } = await cli.finished
    expect([code, err]).toEqual([1, expect.stringContaining('deleted, unplugged or replaced')])
    const saved = readdirSync(folder).find(name => name.startsWith('home-rescued-'))!
    const history = openHistory({ home: join(folder, saved) })
    const runs = history.runs.list({ statuses: ['interrupted'] })
    expect(runs.length).toBeGreaterThan(0)
    for (const { id } of runs) expect(history.checkpoints.read(id, 'last')!.content.length).toBeGreaterThan(100)
    history.close()
  }))
