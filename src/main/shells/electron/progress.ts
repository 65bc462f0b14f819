import { Notification, powerSaveBlocker, type BrowserWindow } from 'electron'
import type { Study } from '../../../shared/records.ts'

export interface Progress {
  readonly running: number
  readonly waiting: number
  readonly secondsLeft: number | null
}

/** Shows in task bar and title how far the queue has come, and keeps the machine awake while it trains. */
export function progressShown(window: () => BrowserWindow | undefined): (progress: Progress) => void {
  let most = 0
  let blocker: number | null = null
  return ({ running, waiting, secondsLeft }) => {
    const left = running + waiting
    most = running === 0 ? 0 : Math.max(most, left)
    if (running > 0) blocker ??= powerSaveBlocker.start('prevent-app-suspension')
    else if (blocker !== null) {
      powerSaveBlocker.stop(blocker)
      blocker = null
    }
    const shown = window()
    if (!shown || shown.isDestroyed()) return
    // Half a run is not nothing: a bar that stands at 0 looks as if nothing went on.
    shown.setProgressBar(running === 0 ? -1 : (most - left + 0.5) / (most + 0.5))
    shown.setTitle(
      running === 0
        ? 'Permafrost'
        : `Permafrost – ${running} training, ${waiting} waiting${secondsLeft === null ? '' : `, ${timeText(secondsLeft)} left`}`,
    )
  }
}

function timeText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}

export function notifyEnd(study: Study, onClick: () => void): void {
  if (!Notification.isSupported()) return
  const { failed = 0, finished = 0, diverged = 0 } = study.runs
  const ended = finished + (study.runs['stopped-early'] ?? 0)
  const body = [
    `${ended} ${ended === 1 ? 'run' : 'runs'} trained`,
    ...(failed ? [`${failed} failed`] : []),
    ...(diverged ? [`${diverged} diverged`] : []),
  ].join(', ')
  const notification = new Notification({ title: study.name, body })
  notification.on('click', onClick)
  notification.show()
}
