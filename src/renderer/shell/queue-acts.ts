import type { LabClient } from '../../shared/contract/index.ts'
import { attempt, say } from './toasts.ts'

export const goOn = (lab: LabClient): Promise<boolean> => attempt(() => lab.queue.open())

/** Holds the queue and pauses what is being trained; where nothing is, says what that does. */
export const holdAll = (lab: LabClient): Promise<boolean> =>
  attempt(async () => {
    const { waitingCount, stopped } = await lab.queue.hold({ stop: true })
    if (waitingCount > 0 || stopped.some(({ status }) => status === 'paused')) return
    say('Training is held: whatever is started from now on waits until you go on', {
      action: { title: 'Go on', run: () => void goOn(lab) },
      until: { kind: 'open' },
    })
  })
