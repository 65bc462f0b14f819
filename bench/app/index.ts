import { existsSync, rmSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../src/shared/errors.ts'
import { freshHome } from '../../src/main/app/testing/rig.ts'
import { openBrowser } from '../../test/e2e/support/chromium.ts'
import { measureCurves } from './curves.ts'
import { judge, mergedFigures, type Figure } from './figures.ts'
import { measureInspect } from './inspect.ts'
import { measureLive } from './live.ts'
import { parseOptions, SCENES, USAGE, type AppBenchOptions, type SceneId } from './options.ts'
import { appResultName, figuresTable, goalsTable, markdown } from './report.ts'
import { measureService } from './service.ts'
import { measureSlowdown } from './slowdown.ts'
import { measureTable } from './table.ts'
import { machine, type Machine } from '../report.ts'

/** What a person waits for in the app, and what watching costs: measured on the built page in Chromium. See bench/README.md. */

type Scene = (home: string, options: AppBenchOptions) => Promise<Figure[]>
const MEASURES: Readonly<Record<SceneId, Scene>> = {
  table: measureTable,
  curves: measureCurves,
  inspect: measureInspect,
  live: measureLive,
  slowdown: (home, { pairs }) => measureSlowdown(home, pairs),
  service: measureService,
}

async function measured(scene: SceneId, options: AppBenchOptions): Promise<Figure[]> {
  const home = freshHome()
  try {
    const figures = await MEASURES[scene](home, options)
    console.log(`\n${figures[0]!.scene}\n${figuresTable(figures)}`)
    return figures
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

interface Recorded {
  readonly machine: Machine
  readonly browser: string
  readonly figures: readonly Figure[]
}

/** What was measured with the same browser on the same system: other figures do not stand under one heading. */
function comparable({ machine, browser, figures }: Recorded, now: Omit<Recorded, 'figures'>): readonly Figure[] {
  const place = (of: Omit<Recorded, 'figures'>): string => JSON.stringify([of.browser, { ...of.machine, load: 0 }])
  return place({ machine, browser }) === place(now) ? figures : []
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') {
    console.log(USAGE)
    return 0
  }
  const host = machine()
  const browser = await openBrowser()
  const version = `Chromium ${browser.version()}`
  await browser.close()
  const figures: Figure[] = []
  for (const scene of options.scenes) figures.push(...(await measured(scene, options)))
  const goals = judge(figures)
  console.log(`\nGoals\n${goalsTable(figures)}`)
  const folder = join(import.meta.dirname, '..', 'results'),
    name = options.name ?? appResultName(host)
  const file = join(folder, `${name}.json`)
  await mkdir(folder, { recursive: true })
  const all = mergedFigures(
    options.scenes.length < SCENES.length && existsSync(file)
      ? comparable(JSON.parse(await readFile(file, 'utf8')) as Recorded, { machine: host, browser: version })
      : [],
    figures,
  )
  await writeFile(
    file,
    `${JSON.stringify({ machine: host, browser: version, goals: judge(all), figures: all }, null, 2)}\n`,
  )
  await writeFile(join(folder, `${name}.md`), markdown(all, host, version))
  console.log(`\nWritten to bench/results/${name}.json and .md`)
  return options.strict && goals.some(({ met }) => !met) ? 1 : 0
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof InputError ? error.message : error)
  process.exitCode = error instanceof InputError ? 2 : 1
}
