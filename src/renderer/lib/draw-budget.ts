import { nextTick } from 'vue'

export interface DrawBudgetOptions {
  /** Of the page's time, what drawing may take at most: after a draw of d ms nothing is drawn for d / share ms. */
  readonly share: number
  /** ms between draws, at least: what is seen needs no more. */
  readonly least: number
  /** ms between draws, at most, however slow the machine: what is shown must not grow stale. */
  readonly most: number
  /** Changes what is drawn from. What it takes until the page follows is what a draw costs. */
  readonly draw: () => void
  /** A draw is put off while this holds, and made up for by `ask`. */
  readonly idle?: () => boolean
}

export interface DrawBudget {
  /** Something changed: draws when the budget allows it, once for all that ask until then. */
  ask(): void
  /** Draws what has changed whatever the budget: someone waits for it. Done when the page has followed. */
  now(): Promise<void>
  stop(): void
}

/** Draws no more often than a share of the page's time allows, so that a slow or busy machine draws less often instead of working more. */
export function drawBudget({ share, least, most, draw, idle = () => false }: DrawBudgetOptions): DrawBudget {
  let due: ReturnType<typeof setTimeout> | undefined
  let [drawing, again, stopped] = [false, false, false]
  let next = -Infinity

  async function run(): Promise<void> {
    clearTimeout(due)
    due = undefined
    drawing = true
    const began = performance.now()
    draw()
    await nextTick()
    const ended = performance.now()
    next = ended + Math.min(most, Math.max(least, (ended - began) / share))
    drawing = false
    if (again) ask()
  }

  function ask(): void {
    if (stopped) return
    if (drawing) {
      again = true
      return
    }
    again = false
    due ??= setTimeout(
      () => {
        due = undefined
        if (!idle()) void run()
      },
      Math.max(0, next - performance.now()),
    )
  }

  return {
    ask,
    async now() {
      if (!stopped) await run()
    },
    stop() {
      stopped = true
      again = false
      clearTimeout(due)
      due = undefined
    },
  }
}
