import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { freshHome } from '../src/main/app/testing/rig.ts'
import { openBrowser } from '../test/e2e/support/chromium.ts'
import { serveApp } from '../test/faults/app/served.ts'
import { HISTORIES, historyIn, type HistoryName } from './screenshots/histories.ts'
import { SCENES } from './screenshots/scenes.ts'
import { takePictures, type Shot } from './screenshots/take.ts'

/** Takes pictures of every page of the built app, as it looks on histories of no run, one run and 10,000 runs. */

const FOLDER = join(import.meta.dirname, '..')
const PICTURES = join(FOLDER, 'resources', 'pictures')

const HELP = `Usage: npm run screenshots -- [options]

  --readme            the pictures of the README, in twice the pixels, into resources/pictures
  --only <names>      these pictures alone: ${SCENES.map(({ name }) => name).join(', ')}; a name's beginning stands for all that begin so
  --on <histories>    ${HISTORIES.join(', ')} (all)
  --themes <themes>   light, dark (both)
  --sizes <sizes>     as 1280x800,1920x1200 (these two)
  --output <folder>   where the pictures go (out/screenshots)
  --histories <folder>  keep the histories there, and use those that are there: making them takes minutes
  --help              this text

The pages must have been built; Chromium or Chrome must be installed.`

const list = (text: string): string[] =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')

function oneOf<T extends string>(option: string, text: string | undefined, known: readonly T[]): readonly T[] {
  if (text === undefined) return known
  return list(text).map(
    name =>
      known.find(one => one === name) ??
      refuse(`--${option} names ${JSON.stringify(name)}; allowed: ${known.join(', ')}`),
  )
}

function sizesOf(text: string): { width: number; height: number }[] {
  return list(text).map(size => {
    const [, width, height] =
      /^(\d{3,4})x(\d{3,4})$/.exec(size) ??
      refuse(`--sizes names ${JSON.stringify(size)}; allowed: sizes such as 1280x800`)
    return { width: Number(width), height: Number(height) }
  })
}

class Refusal extends Error {}
function refuse(message: string): never {
  throw new Refusal(message)
}

function shotsOf(values: ReturnType<typeof options>): Shot[] {
  const named =
    values.only === undefined
      ? SCENES
      : list(values.only).flatMap(name => {
          const found = SCENES.filter(scene => scene.name === name || scene.name.startsWith(`${name}-`))
          return found.length > 0
            ? found
            : refuse(`--only names ${JSON.stringify(name)}; allowed: ${SCENES.map(scene => scene.name).join(', ')}`)
        })
  const histories = oneOf('on', values.on, HISTORIES)
  if (values.readme) {
    return named.flatMap(scene =>
      Object.entries(scene.readme ?? {}).map(([file, { theme, width, height }]): Shot => ({
        scene,
        history: scene.on.at(-1)!,
        theme,
        width,
        height,
        ratio: 2,
        path: join(values.output ?? PICTURES, `${file}.png`),
      })),
    )
  }
  const folder = values.output ?? join(FOLDER, 'out', 'screenshots')
  return named.flatMap(scene =>
    scene.on
      .filter(history => histories.includes(history))
      .flatMap(history =>
        oneOf('themes', values.themes, ['light', 'dark']).flatMap(theme =>
          sizesOf(values.sizes).map(({ width, height }): Shot => ({
            scene,
            history,
            theme,
            width,
            height,
            ratio: 1,
            path: join(folder, `${scene.name}.${history}.${theme}.${width}x${height}.png`),
          })),
        ),
      ),
  )
}

function options() {
  try {
    return parseArgs({
      options: {
        readme: { type: 'boolean', default: false },
        only: { type: 'string' },
        on: { type: 'string' },
        themes: { type: 'string' },
        sizes: { type: 'string', default: '1280x800,1920x1200' },
        output: { type: 'string' },
        histories: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return refuse((error as Error).message)
  }
}

async function main(): Promise<void> {
  const values = options()
  if (values.help) return console.log(HELP)
  const shots = shotsOf(values)
  if (!existsSync(join(FOLDER, 'out', 'renderer', 'index.html'))) refuse('The pages are not built: npm run build')
  const kept = values.histories === undefined ? freshHome() : resolve(values.histories)
  const browser = await openBrowser()
  try {
    for (const name of HISTORIES)
      await take(
        name,
        shots.filter(({ history }) => history === name),
      )
  } finally {
    await browser.close()
    if (values.histories === undefined) rmSync(kept, { recursive: true, force: true })
  }
  console.log(`${shots.length} ${shots.length === 1 ? 'picture' : 'pictures'}`)

  async function take(name: HistoryName, own: readonly Shot[]): Promise<void> {
    if (own.length === 0) return
    const history = await historyIn(kept, name, what => console.log(`${name}: ${what} …`))
    for (const { path } of own) mkdirSync(join(path, '..'), { recursive: true })
    const app = await serveApp(history.home)
    try {
      await takePictures({
        browser,
        app,
        studies: history.studies,
        shots: own,
        onTaken: ({ path }) =>
          console.log(`${relative(process.cwd(), path)}  ${Math.round(statSync(path).size / 1000)} kB`),
      })
    } finally {
      await app.stop()
    }
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Refusal ? error.message : error)
  process.exitCode = error instanceof Refusal ? 2 : 1
})
