// @vitest-environment node
import { createCanvas } from '@napi-rs/canvas'
import { afterEach, expect, it, vi } from 'vitest'
import { INKS } from '../../../figures/palette.ts'
import {
  inked,
  overprinted,
  cutOff,
  pictureOf,
  seenThrough,
  unread,
  wordsOf,
} from '../../../figures/testing/picture.ts'
import { colourMap } from '../../charts/colour-map.ts'
import { actionColours } from './action-colours.ts'
import { lanesPng, lanesSvg, type Board } from './lane-picture.ts'

const boardOn = (theme: 'light' | 'dark'): Board => ({
  about: ['Sample & study', 'Memory frozen, seed 1, best weights after epoch 12', `40 symbols: ${'0 1 '.repeat(40)}`],
  pictures: [{ x: 118, y: 0, width: 600, height: 60, canvas: createCanvas(600, 60) as never }],
  words: [
    { text: 'Actions', x: 0, y: 10, size: 12 },
    ...['push', 'pop', 'no-op'].flatMap((text, i) => [
      { text: '■', x: 0, y: 24 + 13 * i, size: 11, colour: actionColours(theme)[i]! },
      { text, x: 16, y: 24 + 13 * i, size: 11 },
    ]),
  ],
  scales: [
    { kind: 'sequential', high: 1, lanes: ['Model', 'Exact'] },
    { kind: 'diverging', high: 0.42, lanes: ['Hidden state'] },
  ],
})

afterEach(() => {
  vi.unstubAllGlobals()
})

it.each(['light', 'dark'] as const)('says of which run it is, and what its colours mean (%s)', async theme => {
  const board = boardOn(theme)
  const svg = lanesSvg(board, theme)
  const words = wordsOf(svg)
  expect(words.map(({ text }) => text)).toEqual(
    expect.arrayContaining(['Sample & study', 'push', 'pop', 'no-op', '0', '1.0', '−0.42', '0.42', 'Model, Exact']),
  )
  vi.stubGlobal('document', { createElement: () => createCanvas(1, 1) })
  for (const [picture, ratio] of [
    [await pictureOf(svg), 1],
    [await pictureOf(await lanesPng(board, theme)), 2],
  ] as const) {
    expect(seenThrough(picture)).toBe(0)
    expect(unread(picture, words, ratio, 4)).toEqual([])
    const whole = { left: 0, top: 0, right: picture.width, bottom: picture.height }
    for (const colour of actionColours(theme))
      expect([colour, inked(picture, whole, colour, 12) > 10]).toEqual([colour, true])
    const map = colourMap('sequential', theme)
    const strongest = `#${[...map.slice(-3)].map(part => part.toString(16).padStart(2, '0')).join('')}`
    expect(inked(picture, whole, strongest, 6)).toBeGreaterThan(8)
    expect(inked(picture, whole, INKS[theme].surface, 2)).toBeGreaterThan(1000)
  }
  expect([overprinted(words), cutOff(await pictureOf(svg), words)]).toEqual([[], []])
})
