import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { violations } from '../support/axe.ts'

/** The control of a study's field, by its path in the study file. */
export const field = (page: Page, path: string): Locator =>
  page.locator(`[data-path="${path}"]`).locator('input, select').first()

export async function pickFrom(page: Page, menu: Locator, item: string | RegExp): Promise<void> {
  await menu.click()
  await page.getByRole('menuitem', { name: item, ...(typeof item === 'string' ? { exact: true } : {}) }).click()
}

export const nav = (page: Page, title: string): Locator =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: title, exact: true })

/** Rows of a CSV file without line breaks in its fields. */
export function csvRows(bytes: Buffer): Record<string, string>[] {
  const [head, ...rows] = bytes
    .toString('utf8')
    .trim()
    .split(/\r?\n/)
    .map(line =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
      ),
    )
  return rows.map(row => Object.fromEntries(head!.map((name, i) => [name, row[i]!])))
}

/** Chooses the next theme until it is this one. */
export async function useTheme(page: Page, theme: 'light' | 'dark'): Promise<void> {
  const button = page.locator('footer').getByRole('button', { name: /theme/i })
  const wanted = theme === 'light' ? 'Light theme' : 'Dark theme'
  for (let i = 0; i < 3; i++) {
    const now = await button.getAttribute('aria-label')
    if (now === wanted) break
    await button.click()
    await expect.poll(() => button.getAttribute('aria-label')).not.toBe(now)
  }
  await page.waitForFunction(now => document.documentElement.dataset.theme === now, theme)
}

/** No rule of axe is broken, in either theme. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const theme of ['dark', 'light'] as const) {
    await useTheme(page, theme)
    expect.soft([theme, await violations(page)]).toEqual([theme, []])
  }
}
