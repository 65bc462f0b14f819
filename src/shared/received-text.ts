import { isRecord } from './is-record.ts'
import { isTextTask } from './text-study.ts'

/** Stands before the path of a text that came with a study from elsewhere: nobody here has chosen it yet. */
const MARK = 'received:'

export const isReceived = (path: string): boolean => path.startsWith(MARK)
export const pathReceived = (path: string): string => (isReceived(path) ? path.slice(MARK.length) : path)

/** Whether a task reads a text whose path nobody here has chosen yet. */
export const readsReceivedText = (task: Readonly<Record<string, unknown>>): boolean =>
  isTextTask(task) && typeof task.path === 'string' && isReceived(task.path)

/**
 * A study's content, or a grid's, as it came from elsewhere: the paths of its texts are marked, so that nothing is looked at there before a person
 * has chosen it. A path on a network drive would already be asked for, with the person's name, when it is only looked at.
 * @param isKnown paths that are the lab's own, or that the person has chosen before
 */
export function asReceived(content: unknown, isKnown: (path: string) => boolean): unknown {
  if (!isRecord(content)) return content
  const marked = (task: unknown): unknown => {
    if (!isTextTask(task)) return task
    const { path } = task as { path?: unknown }
    return typeof path !== 'string' || path === '' || isReceived(path) || isKnown(path)
      ? task
      : { ...(task as object), path: `${MARK}${path}` }
  }
  return {
    ...content,
    ...(content.task === undefined ? {} : { task: marked(content.task) }),
    ...(Array.isArray(content.tasks) ? { tasks: content.tasks.map(marked) } : {}),
  }
}
