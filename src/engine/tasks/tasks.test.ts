import { describe, expect, it } from 'vitest'
import { concerns, meant } from '../testing/parts.ts'
import { taskLaws } from '../testing/task-laws.ts'
import { tasks } from './index.ts'

describe('tasks', () => {
  it.each(meant('tasks', tasks))('%s is known by its own id', (id, task) => {
    expect(task.id).toBe(id)
    expect([task.title, task.source, task.form].every(text => text.length > 0)).toBe(true)
  })
})

for (const [, task] of meant('tasks', tasks).filter(([, { reads }]) => reads !== 'text')) {
  taskLaws(task)
  if ('kinds' in task.options) {
    taskLaws(task, { kinds: 1 })
    taskLaws(task, { kinds: 3 })
  }
}
if (concerns('tasks/padded-reversal')) {
  taskLaws(tasks['padded-reversal']!, { kinds: 3, meanWord: 0.7, meanPadding: 2.5 })
  taskLaws(tasks['padded-reversal']!, { distribution: 'released' })
}
if (concerns('tasks/dyck')) taskLaws(tasks['dyck']!, { distribution: 'released' })
