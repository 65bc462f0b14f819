import { tasks } from '../../engine/tasks/index.ts'
import { openLanguage, type Language } from '../../engine/tasks/task.ts'
import type { Alphabet } from '../../engine/model.ts'
import { InputError } from '../../shared/errors.ts'
import type { Picked } from '../../shared/study.ts'
import { stampOf, textFiles } from './text-files.ts'

const KEPT = 16
const kept = new Map<string, Language>()

/** The language of a task as picked; the last few are kept, since a grammar or a text takes a while to open. A text is read anew when its files have changed. @throws InputError */
export function openTask({ id, ...options }: Picked, field = 'task'): Language {
  const task = Object.hasOwn(tasks, id) ? tasks[id] : undefined
  if (!task) throw new InputError(`${field}.id`, id, Object.keys(tasks).join(', '))
  const path = options.path ?? task.options.path?.default
  const key = JSON.stringify([
    id,
    options,
    field,
    task.reads === 'text' && typeof path === 'string' ? stampOf(path) : '',
  ])
  const language = kept.get(key) ?? openLanguage(task, options, field, textFiles)
  kept.delete(key)
  kept.set(key, language)
  if (kept.size > KEPT) kept.delete(kept.keys().next().value!)
  return language
}

/** What a model of this language reads. */
export const alphabetOf = ({ symbols, corpus }: Language): Alphabet =>
  corpus ? { words: symbols.length } : symbols.length
