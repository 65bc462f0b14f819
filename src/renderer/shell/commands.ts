import { onScopeDispose, shallowReactive, shallowRef } from 'vue'

/** Something a person can do, by menu, palette or keys. One record serves all three. */
export interface Action {
  readonly id: string
  readonly title: string
  readonly group: string
  /** `Ctrl+Shift+P`, several for the same; `Ctrl` is ⌘ on a Mac. */
  readonly keys?: readonly string[]
  readonly enabled?: () => boolean
  readonly run: () => void
}

const actions = shallowReactive(new Map<string, Action>())
/** Keys that the person chose in place of those declared. */
const overrides = shallowRef<Readonly<Record<string, readonly string[]>>>({})

export const setKeys = (keys: Readonly<Record<string, readonly string[]>>): void => {
  overrides.value = keys
}
export const allActions = (): Action[] => [...actions.values()]
export const action = (id: string): Action | undefined => actions.get(id)
export const keysOf = (id: string): readonly string[] => overrides.value[id] ?? actions.get(id)?.keys ?? []
export const isEnabled = ({ enabled }: Action): boolean => enabled?.() ?? true

export const isActionEnabled = (id: string): boolean => {
  const found = actions.get(id)
  return found !== undefined && isEnabled(found)
}

export function runAction(id: string): boolean {
  const found = actions.get(id)
  if (!found || !isEnabled(found)) return false
  found.run()
  return true
}

/** Adds actions; they go with the scope. */
export function useActions(own: readonly Action[]): void {
  for (const one of own) actions.set(one.id, one)
  onScopeDispose(() => {
    for (const one of own) if (actions.get(one.id) === one) actions.delete(one.id)
  })
}

/** The name of what was pressed, as `keys` writes it: `Ctrl+Shift+P`. */
export function pressed({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): string {
  const name = key.length === 1 ? key.toUpperCase() : key
  const shift = shiftKey && (key.length > 1 || /[a-z]/i.test(key))
  return [ctrlKey || metaKey ? 'Ctrl+' : '', altKey ? 'Alt+' : '', shift ? 'Shift+' : '', name].join('')
}

/** Whether what is pressed goes into a text. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'range', 'button'].includes(target.type)))

/** Runs the action whose keys these are. Keys without Ctrl or Alt do nothing while a person types. */
export function onKeydown(event: KeyboardEvent): void {
  if (event.defaultPrevented) return
  const name = pressed(event)
  if (isTyping(event.target) && !/^(Ctrl|Alt)\+/.test(name) && !/^F\d/.test(name)) return
  const found = allActions().find(one => keysOf(one.id).includes(name) && isEnabled(one))
  if (!found) return
  event.preventDefault()
  found.run()
}

const mac = /Mac/.test(navigator.platform)

/** Keys as this machine's keyboard names them. */
export const shownKeys = (keys: string): string =>
  mac
    ? keys.replace('Ctrl+', '⌘').replace('Alt+', '⌥').replace('Shift+', '⇧')
    : keys.replace('ArrowLeft', '←').replace('ArrowRight', '→').replace('ArrowUp', '↑').replace('ArrowDown', '↓')
