import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DRAFT, MISTAKEN } from '../scripts/screenshots/histories.ts'
import { SCENES } from '../scripts/screenshots/scenes.ts'
import { PAGES, parsePlace } from '../src/renderer/shell/place.ts'

const FOLDER = join(import.meta.dirname, '..')
/** Of a picture in the README, bytes. */
const MOST = 250_000

/** Addresses of pictures, whatever is in the history. */
const backstage = {
  studies: new Proxy({}, { get: () => 'study' }),
  lab: { drafts: { list: () => Promise.resolve([DRAFT, MISTAKEN].map(name => ({ id: 'draft', name }))) } },
} as unknown as Parameters<(typeof SCENES)[number]['at']>[0]

describe('the pictures of the app', () => {
  it.each([...PAGES, 'welcome'])('show the page %s, on a history with nothing and on one with much', async page => {
    const own = []
    for (const scene of SCENES) if (parsePlace(`#${await scene.at(backstage)}`).page === page) own.push(scene)
    expect(
      own.flatMap(({ on }) => on),
      'add the page to scripts/screenshots/scenes.ts',
    ).toEqual(expect.arrayContaining(['empty', 'many']))
  })

  it('have names of their own, and addresses of pages that there are', async () => {
    expect(new Set(SCENES.map(({ name }) => name)).size).toBe(SCENES.length)
    for (const scene of SCENES)
      expect([scene.name, parsePlace(`#${await scene.at(backstage)}`).page]).toEqual([
        scene.name,
        (await scene.at(backstage)).split(/[/?]/)[1],
      ])
  })

  it('of the README are there, are what the script makes, and are small', () => {
    const made = SCENES.flatMap(({ readme }) => Object.keys(readme ?? {}))
      .map(name => `${name}.png`)
      .sort()
    const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8')
    const shown = [...readme.matchAll(/resources\/pictures\/([\w.-]+)/g)].map(([, name]) => name!)
    expect([...new Set(shown)].sort()).toEqual(made)
    expect(readdirSync(join(FOLDER, 'resources', 'pictures')).sort()).toEqual(made)
    for (const name of made)
      expect([name, Math.max(MOST, statSync(join(FOLDER, 'resources', 'pictures', name)).size)]).toEqual([name, MOST])
  })
})
