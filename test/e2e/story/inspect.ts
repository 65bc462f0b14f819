import { expect } from 'vitest'
import { ask } from '../support/page-lab.ts'
import { checkSavedLanes } from '../support/saved-figures.ts'
import type { Saved, Stage } from '../support/stage.ts'
import { expectAccessible, pickFrom, useTheme } from './hands.ts'
import type { Trained } from './train.ts'

interface Trace {
  readonly symbolNames: string[]
  readonly symbols: number[]
  readonly probabilities: number[]
  readonly tensors: { name: string; shape: number[]; data: number[] }[]
}

const TEXT = '0 1 1 # 1 1 0'

/** Looks into a run on a typed string, step by step, and takes all values away. */
export async function inspect({ page, saved }: Stage, { rows }: Trained): Promise<void> {
  const run = rows.find(({ planId, seed }) => planId === 'full' && seed === 1)!
  await page.evaluate(id => {
    location.hash = `#/inspect/${encodeURIComponent(id)}`
  }, run.id)
  await page.getByRole('radio', { name: 'Type' }).click()
  await page.getByLabel('String', { exact: true }).and(page.locator('input')).fill(TEXT)
  const board = page.getByRole('slider', { name: 'Step of the string' })
  await expect.poll(() => board.getAttribute('aria-valuemax')).toBe('7')
  const trace = await ask<Trace>(page, 'traces.get', { runId: run.id, string: { text: TEXT } })

  await board.focus()
  await page.keyboard.press('Home')
  const readout = page.getByRole('complementary', { name: 'At this step' })
  for (let step = 0; step <= 7; step++) {
    expect(await board.getAttribute('aria-valuenow')).toBe(String(step))
    await readout.getByText(`Step ${step} of 7`).waitFor()
    const shown = await readout
      .locator('table.next tbody tr')
      .evaluateAll(lines =>
        lines.map(line => [
          line.querySelector('th')!.textContent!.trim(),
          line.querySelector('td')!.textContent!.trim(),
        ]),
      )
    const width = trace.symbolNames.length + 1
    for (const [name, percent] of shown) {
      const symbol = trace.symbolNames.indexOf(name!)
      expect(percent).toBe((trace.probabilities[step * width + (symbol < 0 ? width - 1 : symbol)]! * 100).toFixed(1))
    }
    await page.keyboard.press('ArrowRight')
  }

  expect(await wordsBesideLanes(page)).toEqual({ cut: [], overprinted: [] })

  const menu = page.locator('main').getByRole('button', { name: 'Export', exact: true })
  const npz = await saved(() => pickFrom(page, menu, 'All values as NPZ'))
  const cells = trace.tensors.find(({ name }) => name === 'memory.cells')!
  const stored = arrayIn(npz, 'memory.cells')
  expect(stored.shape).toEqual(cells.shape)
  expect(stored.data).toEqual(cells.data)
  for (const theme of ['dark', 'light'] as const) {
    await useTheme(page, theme)
    const png = await saved(() => pickFrom(page, menu, 'Lanes as PNG'))
    const svg = await saved(() => pickFrom(page, menu, 'Lanes as SVG'))
    const drawn = svg.bytes.toString('utf8')
    expect(drawn).toMatch(/^<svg [^]*<\/svg>\s*$/)
    for (const part of ['<image ', 'image-rendering: pixelated', '<path ', '<text ']) expect(drawn).toContain(part)
    await checkSavedLanes(drawn, png.bytes, ['Story', 'push', 'pop', 'no-op', 'Input', 'Model'])
    expect(drawn).toContain(`${run.planTitle}, seed 1`)
  }
  await expectAccessible(page)
}

/** Titles, names of rows, legends and scales that a reader does not see whole. */
const wordsBesideLanes = (page: Stage['page']): Promise<{ cut: string[]; overprinted: string[] }> =>
  page.evaluate(() => {
    const cut: string[] = []
    const overprinted: string[] = []
    for (const beside of document.querySelectorAll('.lane > .name')) {
      const seen: { word: string; box: DOMRect }[] = []
      const texts = document.createTreeWalker(beside, NodeFilter.SHOW_TEXT)
      for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        const holder = text.parentElement!
        const word = text.textContent!.trim()
        if (word === '' || holder.closest('select')) continue
        if (holder.scrollWidth > holder.clientWidth + 1) cut.push(word)
        const range = document.createRange()
        range.selectNode(text)
        const box = range.getBoundingClientRect()
        // Letters are less high than their line.
        const over = seen.find(
          other =>
            Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left) > 1 &&
            Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top) > 4,
        )
        if (over) overprinted.push(`${over.word} / ${word}`)
        seen.push({ word, box })
      }
    }
    return { cut, overprinted }
  })

/** An array of 32-bit floats out of an archive without compression, read as NumPy does. */
function arrayIn({ bytes }: Saved, name: string): { shape: number[]; data: number[] } {
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50;) {
    const [size, nameLength, extra] = [
      bytes.readUInt32LE(at + 18),
      bytes.readUInt16LE(at + 26),
      bytes.readUInt16LE(at + 28),
    ]
    const begins = at + 30 + nameLength + extra
    if (bytes.toString('utf8', at + 30, at + 30 + nameLength) === `${name}.npy`) {
      const words = bytes.toString('latin1', begins + 10, begins + 10 + bytes.readUInt16LE(begins + 8))
      expect(words).toContain(`'descr': '<f4'`)
      const content = bytes.subarray(begins + 10 + words.length, begins + size)
      return {
        shape: /\(([^)]*)\)/
          .exec(words)![1]!
          .split(',')
          .map(part => part.trim())
          .filter(Boolean)
          .map(Number),
        data: Array.from({ length: content.length / 4 }, (_, i) => content.readFloatLE(4 * i)),
      }
    }
    at = begins + size
  }
  throw new Error(`There is no ${name} in the archive`)
}
