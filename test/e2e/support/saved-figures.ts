import type { Locator } from 'playwright-core'
import { expect } from 'vitest'
import { INKS } from '../../../src/figures/palette.ts'
import {
  cutOff,
  inked,
  overprinted,
  pictureOf,
  scaledBy,
  seenThrough,
  unread,
  wordsOf,
  type Word,
} from '../../../src/figures/testing/picture.ts'
import { pickFrom } from '../story/hands.ts'
import type { Stage } from './stage.ts'

const SIZE = { width: 900, height: 540 }
/** Pixels of a saved PNG to a unit. */
const RATIO = 3

/** Saves every figure in sight as SVG and PNG, and looks at the pictures: each word, each line of the legend, each series. @returns the files' names */
export async function checkSavedFigures(
  { page, saved }: Pick<Stage, 'page' | 'saved'>,
  panels: Locator,
): Promise<string[]> {
  const names: string[] = []
  for (const panel of await panels.all()) {
    const menu = panel.getByRole('button', { name: 'Save figure' })
    const svg = await saved(() => pickFrom(page, menu, 'Save as SVG'))
    const words = await checkSvg(svg.name, svg.bytes.toString('utf8'))
    const labels = (await panel.locator('.legend button[aria-pressed="true"]').allTextContents()).map(text =>
      text.trim(),
    )
    expect(words.map(({ text }) => text)).toEqual(expect.arrayContaining(labels))
    const png = await saved(() => pickFrom(page, menu, 'Save as PNG'))
    await checkPng(png.name, png.bytes, svg.bytes.toString('utf8'), words)
    names.push(svg.name.replace(/\.svg$/, ''))
  }
  return names
}

async function checkSvg(name: string, svg: string): Promise<Word[]> {
  const words = wordsOf(svg)
  const picture = await pictureOf(svg)
  expect([name, seenThrough(picture)]).toEqual([name, 0])
  expect([name, unread(picture, words)]).toEqual([name, []])
  expect([name, overprinted(words)]).toEqual([name, []])
  expect([name, cutOff(SIZE, words)]).toEqual([name, []])
  const numbers = words.filter(({ text }) => /\d/.test(text) && text.length < 9)
  expect([name, numbers.length > 2]).toEqual([name, true])
  for (const colour of seriesIn(svg))
    expect([name, colour, inked(picture, plot(words), colour, 60) > 3]).toEqual([name, colour, true])
  return words
}

async function checkPng(name: string, bytes: Buffer, svg: string, words: readonly Word[]): Promise<void> {
  const picture = await pictureOf(bytes)
  expect([name, picture.width, picture.height, seenThrough(picture)]).toEqual([
    name,
    RATIO * SIZE.width,
    RATIO * SIZE.height,
    0,
  ])
  // A browser measures words by its own font: what stands beside an axis may be some pixels away.
  expect([name, unread(picture, words, RATIO, 16 * RATIO)]).toEqual([name, []])
  for (const colour of seriesIn(svg))
    expect([name, colour, inked(picture, scaledBy(RATIO, plot(words)), colour, 60) > 9]).toEqual([name, colour, true])
}

/** Colours of plans that lines or marks are drawn in. */
const seriesIn = (svg: string): string[] => INKS.light.plans.filter(colour => svg.includes(`"${colour}"`))

/** Between legend and axis. */
const plot = (words: readonly Word[]) => ({
  left: 90,
  top: 60,
  right: SIZE.width - 10,
  bottom: Math.min(...words.map(({ top }) => top).filter(top => top > 0.8 * SIZE.height)) - 2,
})

/** Lanes as they were saved: what they are of, what their colours mean, and that both pictures show it. */
export async function checkSavedLanes(svg: string, png: Buffer, said: readonly string[]): Promise<void> {
  const words = wordsOf(svg.replaceAll(/<svg x="[^]*?<\/svg>\n/g, ''))
  expect(words.map(({ text }) => text)).toEqual(expect.arrayContaining([...said]))
  expect(unread(await pictureOf(svg, RATIO), words, RATIO, 6)).toEqual([])
  const picture = await pictureOf(png)
  expect(seenThrough(picture)).toBe(0)
  expect(unread(picture, words, 2, 8)).toEqual([])
}
