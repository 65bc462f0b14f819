import type { MenuItemConstructorOptions } from 'electron'
import { describe, expect, it, vi } from 'vitest'
import { COMMANDS } from '../../../shared/contract/state.ts'
import { menuTemplate, type MenuActions } from './menu.ts'

vi.mock('electron', () => ({ Menu: {} }))

const actions = (): MenuActions => ({ command: vi.fn(), openFiles: vi.fn(), openStudy: vi.fn(), showLogs: vi.fn() })
const flat = (items: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
  items.flatMap(item => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])])
const click = (item: MenuItemConstructorOptions | undefined): void => {
  ;(item!.click as () => void)()
}

describe('the native menu', () => {
  it('has every command, once, and leaves their keys to the page', () => {
    const own = actions()
    const items = flat(menuTemplate(own, []))
    const named = items.filter(({ id }) => (COMMANDS as readonly string[]).includes(id ?? ''))
    expect(named.map(({ id }) => id).sort()).toEqual([...COMMANDS].sort())
    expect(
      named.filter(
        ({ accelerator, registerAccelerator }) => accelerator !== undefined && registerAccelerator !== false,
      ),
    ).toEqual([])
    for (const item of named) if (item.id !== 'import') click(item)
    expect(
      vi
        .mocked(own.command)
        .mock.calls.map(([name]) => name)
        .sort(),
    ).toEqual(COMMANDS.filter(name => name !== 'import').sort())
  })

  it('chooses files itself, and shows the logs', () => {
    const own = actions()
    const items = flat(menuTemplate(own, []))
    click(items.find(({ id }) => id === 'import'))
    click(items.find(({ id }) => id === 'logs'))
    expect([vi.mocked(own.openFiles).mock.calls.length, vi.mocked(own.showLogs).mock.calls.length]).toEqual([1, 1])
  })

  it('opens the most recent studies by their names', () => {
    const own = actions()
    const recent = flat(
      menuTemplate(own, [
        { studyId: 'b', name: 'Copy & paste' },
        { studyId: 'a', name: 'First' },
      ]),
    ).find(({ id }) => id === 'recent')!
    const studies = recent.submenu as MenuItemConstructorOptions[]
    expect([recent.enabled, studies.map(({ label }) => label)]).toEqual([true, ['Copy && paste', 'First']])
    click(studies[1])
    expect(vi.mocked(own.openStudy).mock.calls).toEqual([['a']])
    expect(flat(menuTemplate(own, [])).find(({ id }) => id === 'recent')!.enabled).toBe(false)
  })

  it('has its application menu on a Mac alone', () => {
    const roles = (platform: NodeJS.Platform): unknown[] =>
      flat(menuTemplate(actions(), [], platform)).flatMap(({ role }) => role ?? [])
    expect([roles('darwin').includes('appMenu'), roles('darwin').includes('quit')]).toEqual([true, false])
    expect([roles('linux').includes('appMenu'), roles('linux').includes('quit')]).toEqual([false, true])
  })
})
