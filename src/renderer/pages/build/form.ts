import {
  computed,
  inject,
  provide,
  shallowRef,
  type ComputedRef,
  type InjectionKey,
  type Ref,
  type ShallowRef,
} from 'vue'
import type { Catalog, Problem } from '../../../shared/contract/index.ts'
import { merge } from '../../lib/merge.ts'
import { getIn, readIn, setIn, type Content } from './content.ts'

/** A study being written, as its fields see it. */
export interface StudyForm {
  readonly content: Readonly<ShallowRef<Content>>
  readonly catalog: Catalog
  readonly problems: ComputedRef<readonly Problem[]>
  /** What stands at a path, or the default. */
  readonly read: (path: string) => unknown
  /** Another value at a path; undefined takes it away. Changes of one path in a row are one step for `undo`. */
  readonly write: (path: string, value: unknown) => void
  readonly replace: (content: Content) => void
  /** What another window has made of it: no step of this one, so that none of its steps takes that back. */
  readonly adopt: (content: Content) => void
  readonly undo: () => void
  readonly redo: () => void
  readonly canUndo: ComputedRef<boolean>
  readonly canRedo: ComputedRef<boolean>
  /** The first problem at a path or under it. */
  readonly problemAt: (path: string) => Problem | undefined
}

/** ms in which changes of one path count as one. */
const TOGETHER = 1500
const MOST_STEPS = 200

const FORM: InjectionKey<StudyForm> = Symbol('study form')

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value === 'object' ? 'record' : 'plain'

/** @param onChange told of every new content */
export function createForm(
  initial: Content,
  catalog: Catalog,
  problems: Ref<readonly Problem[]>,
  onChange: (content: Content) => void,
): StudyForm {
  const content = shallowRef(initial)
  const past = shallowRef<readonly Content[]>([])
  const future = shallowRef<readonly Content[]>([])
  let last = { path: '', at: 0 }

  function become(next: Content): void {
    content.value = next
    onChange(next)
  }

  function change(path: string, next: Content): void {
    const now = Date.now()
    if (path !== last.path || now - last.at > TOGETHER) past.value = [...past.value.slice(-MOST_STEPS), content.value]
    last = { path, at: now }
    future.value = []
    become(next)
  }

  function step(from: Ref<readonly Content[]>, to: Ref<readonly Content[]>): void {
    const next = from.value.at(-1)
    if (!next) return
    from.value = from.value.slice(0, -1)
    to.value = [...to.value, content.value]
    last = { path: '', at: 0 }
    become(next)
  }

  return {
    content,
    catalog,
    problems: computed(() => problems.value),
    read: path => readIn(content.value, catalog.defaults, path),
    write: (path, value) => {
      // Another kind of value is a choice, not typing: a step of its own.
      const isChoice = kindOf(getIn(content.value, path)) !== kindOf(value)
      if (isChoice) last = { path: '', at: 0 }
      change(path, setIn(content.value, path, value))
      if (isChoice) last = { path: '', at: 0 }
    },
    replace: next => {
      change('', next)
    },
    adopt: next => {
      const before = content.value
      const carried = (one: Content): Content => merge(before, one, next).value as Content
      past.value = past.value.map(carried)
      future.value = future.value.map(carried)
      last = { path: '', at: 0 }
      content.value = next
    },
    undo: () => {
      step(past, future)
    },
    redo: () => {
      step(future, past)
    },
    canUndo: computed(() => past.value.length > 0),
    canRedo: computed(() => future.value.length > 0),
    problemAt: path => problems.value.find(problem => problem.path === path || problem.path.startsWith(`${path}.`)),
  }
}

export const provideForm = (form: StudyForm): void => {
  provide(FORM, form)
}

export function useForm(): StudyForm {
  const form = inject(FORM)
  if (!form) throw new Error('useForm() stands outside of a study that is being written.')
  return form
}
