import { expect, it, vi } from 'vitest'
import { mountPage, settle } from '../testing/mount-page.ts'
import type { Figure } from '../../figures/figure.ts'
import FigurePanel from './FigurePanel.vue'

const figure: Figure = {
  id: 'validationLoss',
  title: 'Validation loss',
  x: { title: 'step' },
  y: { title: 'nats' },
  lines: [{ id: 'a', label: 'A', colour: 0, x: [0, 1], y: [1, 2] }],
}

it('names its files with the study', async () => {
  URL.createObjectURL = () => 'blob:figure'
  const saved: string[] = []
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.download)
  })
  const { view } = mountPage(FigurePanel, {}, { figure, of: 'Sample study' })
  for (const title of ['Save as SVG', 'Save the numbers as CSV']) {
    await view.get('button[aria-label="Save figure"]').trigger('click')
    await settle(50)
    ;[...document.querySelectorAll<HTMLElement>('[role=menuitem]')]
      .find(item => item.textContent.includes(title))!
      .click()
    await settle(50)
  }
  expect(saved).toEqual(['sample-study-validationLoss.svg', 'sample-study-validationLoss.csv'])
  click.mockRestore()
  view.unmount()
})
