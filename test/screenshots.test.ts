import { describe, expect, it } from 'vitest'
import { SCENES } from '../scripts/screenshots/scenes.ts'
import { PAGES, parsePlace } from '../src/renderer/shell/place.ts'

/** Addresses of pictures, whatever is in the history. */
const backstage = { studies: new Proxy({}, { get: () => 'study' }), lab: { drafts: { list: () => Promise.resolve([{ id: 'draft' }]) } } } as unknown as Parameters<typeof SCENES[number]['at']>[0]

describe('the pictures of the app', () => {
  it.each([...PAGES, 'welcome'])('show the page %s, on a history with nothing and on one with much', async page => {
    const own = []
    for (const scene of SCENES) if (parsePlace(`#${await scene.at(backstage)}`).page === page) own.push(scene)
    expect(own.flatMap(({ on }) => on), 'add the page to scripts/screenshots/scenes.ts').toEqual(expect.arrayContaining(['empty', 'many']))
  })

  it('have names of their own, and addresses of pages that there are', async () => {
    expect(new Set(SCENES.map(({ name }) => name)).size).toBe(SCENES.length)
    for (const scene of SCENES) expect([scene.name, parsePlace(`#${await scene.at(backstage)}`).page]).toEqual([scene.name, (await scene.at(backstage)).split(/[/?]/)[1]])
  })
})
