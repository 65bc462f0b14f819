import { effectScope } from 'vue'
import { describe, expect, it, vi } from 'vitest'
import { fakeLab } from '../testing/fake-lab.ts'
import { useAppActions } from './app-actions.ts'
import type { Host } from './host.ts'
import { say, toasts } from './toasts.ts'
import { allActions, onKeydown, pressed, runAction, setKeys, useActions } from './commands.ts'
import { match, ranked } from './match.ts'

const key = (init: KeyboardEventInit & { key: string }): KeyboardEvent =>
  new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init })

describe('what was removed', () => {
  it('comes back by Ctrl+Z, one after the other and each once, but not while a person types or a study has its own undo', () => {
    toasts.value = []
    const back: string[] = []
    for (const name of ['first', 'second', 'third'])
      say(`${name} is in the trash`, { action: { title: 'Undo', run: () => back.push(name) } })
    const scope = effectScope()
    const own = vi.fn()
    scope.run(() => {
      useAppActions({ lab: fakeLab().lab, host: {} as Host, show() {}, toggleNavigation() {}, subjectOf: () => null })
    })
    const press = (target: EventTarget): void => {
      target.dispatchEvent(key({ key: 'z', ctrlKey: true }))
    }
    document.body.addEventListener('keydown', onKeydown)
    const input = document.createElement('input')
    document.body.append(input)
    input.focus()
    press(input)
    expect(back).toEqual([])
    input.blur()
    press(document.body)
    expect([back, toasts.value.map(({ text }) => text)]).toEqual([
      ['third'],
      ['first is in the trash', 'second is in the trash'],
    ])
    const editing = effectScope()
    editing.run(() => useActions([{ id: 'undo', title: 'Undo', group: 'Edit', keys: ['Ctrl+Z'], run: own }]))
    press(document.body)
    expect([back.length, own.mock.calls.length]).toEqual([1, 1])
    editing.stop()
    press(document.body)
    press(document.body)
    press(document.body)
    expect(back).toEqual(['third', 'second', 'first'])
    document.body.removeEventListener('keydown', onKeydown)
    scope.stop()
    input.remove()
  })
})

describe('actions', () => {
  it('names keys', () => {
    expect(pressed(key({ key: 'p', ctrlKey: true, shiftKey: true }))).toBe('Ctrl+Shift+P')
    expect(pressed(key({ key: 'P', metaKey: true, shiftKey: true }))).toBe('Ctrl+Shift+P')
    expect(pressed(key({ key: '?', shiftKey: true }))).toBe('?')
    expect(pressed(key({ key: 'ArrowLeft', altKey: true }))).toBe('Alt+ArrowLeft')
  })

  it('run by their keys, not while a person types a letter, and go with their scope', () => {
    const run = vi.fn()
    const save = vi.fn()
    const scope = effectScope()
    scope.run(() => {
      useActions([
        { id: 'help', title: 'Keys', group: 'Help', keys: ['?'], run },
        { id: 'save', title: 'Save', group: 'Study', keys: ['Ctrl+S'], run: save },
      ])
    })
    const input = document.createElement('input')
    document.body.append(input)
    input.addEventListener('keydown', onKeydown)
    document.body.addEventListener('keydown', onKeydown)
    input.dispatchEvent(key({ key: '?' }))
    expect(run).not.toHaveBeenCalled()
    const save1 = key({ key: 's', ctrlKey: true })
    input.dispatchEvent(save1)
    expect([save.mock.calls.length, save1.defaultPrevented]).toEqual([1, true])
    document.body.dispatchEvent(key({ key: '?' }))
    expect(run).toHaveBeenCalledTimes(1)
    setKeys({ help: ['F1'] })
    document.body.dispatchEvent(key({ key: 'F1' }))
    document.body.dispatchEvent(key({ key: '?' }))
    expect(run).toHaveBeenCalledTimes(2)
    setKeys({})
    scope.stop()
    expect(runAction('help')).toBe(false)
    expect(allActions()).toEqual([])
    document.body.replaceChildren()
  })

  it('do nothing while they are not enabled', () => {
    const run = vi.fn()
    const scope = effectScope()
    scope.run(() => {
      useActions([{ id: 'undo', title: 'Undo', group: 'Edit', keys: ['Ctrl+Z'], enabled: () => false, run }])
    })
    expect(runAction('undo')).toBe(false)
    onKeydown(key({ key: 'z', ctrlKey: true }))
    expect(run).not.toHaveBeenCalled()
    scope.stop()
  })
})

describe('match', () => {
  it('takes beginnings of words before letters within', () => {
    const titles = ['Go to Compare', 'Copy diagnostics', 'New study', 'Open logs folder']
    expect(
      ranked('co', titles, t => t)
        .map(({ item }) => item)
        .slice(0, 2)
        .sort(),
    ).toEqual(['Copy diagnostics', 'Go to Compare'])
    expect(ranked('ns', titles, t => t)[0]?.item).toBe('New study')
    expect(ranked('log open', titles, t => t).map(({ item }) => item)).toEqual(['Open logs folder'])
  })

  it('says which letters matched', () => {
    expect(match('fm', 'frozen-memory')!.at).toEqual([0, 7])
    expect(match('memo', 'frozen-memory')!.at).toEqual([7, 8, 9, 10])
    expect(match('xyz', 'frozen-memory')).toBeNull()
  })
})
