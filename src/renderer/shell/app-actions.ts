import type { Command } from '../../shared/contract/index.ts'
import type { LabClient } from '../../shared/contract/index.ts'
import { isActionEnabled, isTyping, runAction, useActions, type Action } from './commands.ts'
import { importFiles, IMPORTED_TYPES, pickFiles, readFiles } from './files.ts'
import type { Host } from './host.ts'
import { goOn, holdAll } from './queue-acts.ts'
import { go, PAGES } from './router.ts'
import { attempt, canUndo, say, undo } from './toasts.ts'

export type Overlay = 'commands' | 'open' | 'settings' | 'keys' | 'trash'

interface Given {
  readonly lab: LabClient
  readonly host: Host
  readonly show: (overlay: Overlay) => void
  readonly toggleNavigation: () => void
  readonly subjectOf: (page: (typeof PAGES)[number]) => string | null
}

/** What can be done from everywhere. */
export function useAppActions({ lab, host, show, toggleNavigation, subjectOf }: Given): void {
  const titles: Readonly<Record<(typeof PAGES)[number], string>> = {
    build: 'Build',
    live: 'Live',
    history: 'History',
    compare: 'Compare',
    inspect: 'Inspect',
  }
  useActions([
    {
      id: 'command-palette',
      title: 'Commands …',
      group: 'App',
      keys: ['Ctrl+Shift+P', 'F1'],
      run: () => {
        show('commands')
      },
    },
    {
      id: 'quick-open',
      title: 'Open study, draft or run …',
      group: 'App',
      keys: ['Ctrl+P', 'Ctrl+K'],
      run: () => {
        show('open')
      },
    },
    {
      id: 'settings',
      title: 'Settings …',
      group: 'App',
      keys: ['Ctrl+,'],
      run: () => {
        show('settings')
      },
    },
    {
      id: 'keys',
      title: 'Keys …',
      group: 'App',
      keys: ['?'],
      run: () => {
        show('keys')
      },
    },
    {
      id: 'trash',
      title: 'Trash …',
      group: 'App',
      run: () => {
        show('trash')
      },
    },
    {
      id: 'toggle-navigation',
      title: 'Narrow or wide navigation',
      group: 'App',
      keys: ['Ctrl+B'],
      run: toggleNavigation,
    },
    {
      id: 'theme-light',
      title: 'Light theme',
      group: 'App',
      run: () => {
        void host.change({ theme: 'light' })
      },
    },
    {
      id: 'theme-dark',
      title: 'Dark theme',
      group: 'App',
      run: () => {
        void host.change({ theme: 'dark' })
      },
    },
    {
      id: 'theme-system',
      title: 'Theme of the system',
      group: 'App',
      run: () => {
        void host.change({ theme: 'system' })
      },
    },
    {
      id: 'go-welcome',
      title: 'Go to Welcome',
      group: 'Go',
      run: () => {
        go({ page: 'welcome' })
      },
    },
    ...PAGES.map((page, i): Action => ({
      id: `go-${page}`,
      title: `Go to ${titles[page]}`,
      group: 'Go',
      keys: [`Ctrl+${i + 1}`, `Alt+${i + 1}`],
      run: () => {
        go({ page, subject: subjectOf(page) })
      },
    })),
    {
      id: 'back',
      title: 'Back',
      group: 'Go',
      keys: ['Alt+ArrowLeft'],
      run: () => {
        window.history.back()
      },
    },
    {
      id: 'forward',
      title: 'Forward',
      group: 'Go',
      keys: ['Alt+ArrowRight'],
      run: () => {
        window.history.forward()
      },
    },
    {
      id: 'new-study',
      title: 'New study',
      group: 'Study',
      keys: ['Ctrl+N', 'Alt+N'],
      run: () => {
        go({ page: 'build', subject: 'new' })
      },
    },
    {
      id: 'import',
      title: 'Import study or bundle …',
      group: 'Study',
      keys: ['Ctrl+O'],
      run: () => {
        void attempt(async () => importFiles(lab, await readFiles(await pickFiles(IMPORTED_TYPES))))
      },
    },
    {
      id: 'undo-removal',
      title: 'Undo the last removal',
      group: 'Edit',
      keys: ['Ctrl+Z'],
      // What is typed, and a study that is being written, have an undo of their own.
      enabled: () => canUndo() && !isTyping(document.activeElement) && !isActionEnabled('undo'),
      run: () => undo(),
    },
    {
      id: 'hold-queue',
      title: 'Pause all training',
      group: 'Queue',
      enabled: () => host.queue.value?.state === 'open',
      run: () => {
        void holdAll(lab)
      },
    },
    {
      id: 'open-queue',
      title: 'Go on with training',
      group: 'Queue',
      enabled: () => host.queue.value !== undefined && host.queue.value.state !== 'open',
      run: () => {
        void goOn(lab)
      },
    },
    {
      id: 'diagnostics',
      title: 'Copy diagnostics',
      group: 'Help',
      run: () => {
        void attempt(async () => {
          await navigator.clipboard.writeText(await lab.app.diagnostics())
          say('Diagnostics copied', { tone: 'good' })
        })
      },
    },
    {
      id: 'logs',
      title: 'Open logs folder',
      group: 'Help',
      enabled: () => host.info.value?.shell === 'electron',
      run: () => {
        void attempt(() => lab.app.openLogs())
      },
    },
  ])
}

/** The native menu's names for the same things. */
const MENU: Readonly<Partial<Record<Command, string>>> = { about: 'settings' }

export const runCommand = (command: Command): boolean => runAction(MENU[command] ?? command)
