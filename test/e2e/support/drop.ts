import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { StudyInfo } from '../../../src/shared/contract/index.ts'
import { ask } from './page-lab.ts'
import { TINY } from './story.ts'

/** Drops files on the page as a file manager does. Runs in the page. */
function drop(files: readonly { readonly name: string; readonly content: string | Uint8Array<ArrayBuffer> }[]): void {
  const dataTransfer = new DataTransfer()
  for (const { name, content } of files) dataTransfer.items.add(new File([content], name))
  const target = document.querySelector('main')!
  for (const kind of ['dragenter', 'dragover', 'drop'])
    target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer }))
}

/** Study files become drafts, a bundle the study with its runs, what is neither is said; on a page that `ask` works on, and a history with one trained study. */
export async function dropFiles(page: Page): Promise<void> {
  await page.evaluate(`window.__drop = ${drop.toString()}`)
  await page.evaluate(
    content => {
      ;(window as unknown as { __drop: typeof drop }).__drop([{ name: 'dropped.json', content }])
    },
    JSON.stringify({ ...TINY, name: 'Dropped' }),
  )
  await expect.poll(() => page.getByLabel('Name of the study').inputValue()).toBe('Dropped')
  await page.evaluate(() => {
    ;(window as unknown as { __drop: typeof drop }).__drop([{ name: 'notes.txt', content: 'no study' }])
  })
  await page.getByRole('alert').filter({ hasText: 'notes.txt is no study file' }).waitFor()

  const [study] = await ask<StudyInfo[]>(page, 'studies.list')
  await page.evaluate(async studyId => {
    const bundle = (await window.__call('studies.exportBundle', { studyId })) as {
      name: string
      bytes: Uint8Array<ArrayBuffer>
    }
    ;(window as unknown as { __drop: typeof drop }).__drop([{ name: bundle.name, content: bundle.bytes }])
  }, study!.id)
  // It is the study that is here already, with all its runs.
  await page.waitForURL(url => url.hash === `#/compare/${study!.id}`)
  expect((await ask<StudyInfo[]>(page, 'studies.list')).map(({ id, name, runs }) => [id, name, runs])).toEqual([
    [study!.id, 'Tiny', { finished: 4 }],
  ])
}
