import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeCells } from './fixtures/cells.ts'
import { writeFixture } from './fixtures/files.ts'
import { goldenOf } from './fixtures/golden.ts'
import { makeHome } from './fixtures/home.ts'
import { canonical } from './fixtures/plain.ts'
import { smallText } from './fixtures/text.ts'
import { STUDY_FILES } from './fixtures/study-files.ts'

/**
 * `node scripts/run.js scripts/make-fixtures.ts` writes what this version makes of a history, a bundle, a backup, drafts, checkpoints and
 * study files into `test/fixtures/VERSION` (major.minor), with what all of it tells. Later versions are held to it by `test/fixtures.test.ts`.
 *
 * Fixtures that were made by a released version never change: not to please a test, not with a new format. They stand for what lies on
 * people's disks. A version that writes something new gets a folder of its own beside them; this script refuses to write into one that is there.
 */

const PROJECT = join(import.meta.dirname, '..')
const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string }
const name = ['test', 'fixtures', version.split('.').slice(0, 2).join('.')].join('/')
const folder = join(PROJECT, name)
if (existsSync(folder)) {
  console.error(`${name} is there already: fixtures that were made never change.`)
  process.exit(1)
}
process.chdir(PROJECT)
try {
  const textPath = `${name}/text.txt`
  writeFixture(join(folder, 'text.txt'), smallText(300))
  makeStudyFiles()
  for (const [part, content] of Object.entries(goldenOf(join(folder, 'studies')))) {
    writeFixture(join(folder, 'golden', `${part}.long.json`), `${canonical(content, 1)}\n`)
  }
  await makeCells(folder, textPath)
  await makeHome(folder, { textPath, version })
} catch (error) {
  rmSync(folder, { recursive: true, force: true })
  throw error
}

/** The presets as they are now, and study files that leave out what can be left out. */
function makeStudyFiles(): void {
  mkdirSync(join(folder, 'studies'))
  const presets = join(PROJECT, 'resources', 'presets')
  for (const file of readdirSync(presets)) copyFileSync(join(presets, file), join(folder, 'studies', `preset-${file}`))
  const files = STUDY_FILES(`${name}/text.txt`)
  for (const [file, content] of Object.entries(files))
    writeFixture(join(folder, 'studies', `${file}.json`), `${JSON.stringify(content, null, 2)}\n`)
}
