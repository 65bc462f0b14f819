import { screen, type BrowserWindow, type Rectangle } from 'electron'
import { z } from 'zod'
import { jsonFile } from '../../app/json-file.ts'

const number = z.number().int()
const State = z.object({ x: number, y: number, width: number.min(1), height: number.min(1), maximized: z.boolean() })
type State = z.output<typeof State>

const SAVE_MS = 500
const USUAL = { width: 1280, height: 840 }

export interface WindowState {
  /** Where the window was, if a screen still shows it there. */
  readonly bounds: Partial<Rectangle> & { width: number; height: number }
  /** Keeps track of the window, and makes it as large as it was. */
  follow(window: BrowserWindow): void
}

/** Remembers a window's place and size in a file. */
export function windowState(path: string, onProblem: (error: unknown) => void): WindowState {
  const file = jsonFile({ path, schema: State.nullable(), fallback: null, onProblem })
  const last = file.get()
  return {
    bounds: last && isVisible(last) ? { x: last.x, y: last.y, width: last.width, height: last.height } : USUAL,
    follow(window) {
      if (last?.maximized) window.maximize()
      let timer: NodeJS.Timeout | null = null
      const save = (): void => {
        timer = null
        if (window.isDestroyed()) return
        try {
          file.set({ ...window.getNormalBounds(), maximized: window.isMaximized() } satisfies State)
        } catch (error) {
          onProblem(error)
        }
      }
      const soon = (): void => {
        timer ??= setTimeout(save, SAVE_MS)
      }
      window.on('resize', soon)
      window.on('move', soon)
      window.on('close', () => {
        if (timer) clearTimeout(timer)
        save()
      })
    },
  }
}

function isVisible({ x, y, width, height }: State): boolean {
  const { workArea } = screen.getDisplayMatching({ x, y, width, height })
  return (
    x < workArea.x + workArea.width - 100 &&
    x + width > workArea.x + 100 &&
    y >= workArea.y - 10 &&
    y < workArea.y + workArea.height - 100
  )
}
