import { afterEach, expect, it } from 'vitest'
import type { StudyInfo } from '../../../shared/contract/index.ts'
import { replace } from '../../shell/router.ts'
import { toasts } from '../../shell/toasts.ts'
import { mountPage, settle } from '../../testing/mount-page.ts'
import ComparePage from './ComparePage.vue'
import StudyNote from './StudyNote.vue'

const STUDY: StudyInfo = {
  id: 's',
  name: 'Copying',
  note: 'first',
  archived: false,
  createdAt: 1,
  runs: { queued: 2 },
  taskId: 'copying',
  taskTitle: 'Copying',
  controllerId: 'lstm',
  memoryId: 'none',
  plans: [{ id: 'full', title: 'Full training' }],
  seeds: 2,
  endedAt: null,
}
const describe = (change: {
  studyId: string
  note?: string | undefined
  archived?: boolean | undefined
}): Promise<StudyInfo> =>
  Promise.resolve({ ...STUDY, note: change.note ?? STUDY.note, archived: change.archived ?? false })

afterEach(() => {
  document.body.innerHTML = ''
})

it('keeps a note on a study as it is typed', async () => {
  const { view, host } = mountPage(StudyNote, { studies: { describe } }, { study: STUDY })
  const box = view.get('textarea')
  expect((box.element as HTMLTextAreaElement).value).toBe('first')
  await box.setValue('fro')
  await box.setValue('frozen memory is as good')
  expect(host.asked.filter(([name]) => name === 'studies.describe')).toEqual([])
  await settle(500)
  expect(host.asked.filter(([name]) => name === 'studies.describe')).toEqual([
    ['studies.describe', { studyId: 's', note: 'frozen memory is as good', was: 'first' }],
  ])
  view.unmount()
})

it('archives a study, and brings it back', async () => {
  replace({ page: 'compare', subject: 's' })
  const { view, host } = mountPage(ComparePage, { studies: { list: () => Promise.resolve([STUDY]), describe } })
  await settle(100)
  await view.get('button[aria-label="More"]').trigger('click')
  ;[...document.querySelectorAll<HTMLElement>('[role=menuitem]')]
    .find(one => one.textContent.includes('Archive study'))!
    .click()
  await settle(50)
  expect(toasts.value.at(-1)!.text).toBe('Copying is archived')
  toasts.value.at(-1)!.action!.run()
  await settle(50)
  expect(host.asked.filter(([name]) => name === 'studies.describe').map(([, change]) => change)).toEqual([
    { studyId: 's', archived: true },
    { studyId: 's', archived: false },
  ])
  view.unmount()
})
