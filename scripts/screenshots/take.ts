import type { Browser, Page as Tab } from 'playwright-core'
import type { ServedApp } from '../../test/faults/app/served.ts'
import { until } from '../../src/main/app/testing/rig.ts'
import { decodeFrame } from '../../src/shared/rpc/frame.ts'
import type { FromClient, FromHost } from '../../src/shared/rpc/messages.ts'
import { listenForComplaints } from '../../test/e2e/support/electron.ts'
import { IN_TRAINING, type HistoryName } from './histories.ts'
import type { Backstage, Scene } from './scenes.ts'

export interface Shot {
  readonly scene: Scene
  readonly history: HistoryName
  readonly theme: 'light' | 'dark'
  readonly width: number
  readonly height: number
  /** Pixels of the picture for one of the page. */
  readonly ratio: number
  readonly path: string
}

export interface Session {
  readonly browser: Browser
  readonly app: ServedApp
  readonly studies: Readonly<Record<string, string>>
  readonly shots: readonly Shot[]
  readonly onTaken: (shot: Shot) => void
}

/** Comparing a thousand runs for the first time takes a minute on two cores. */
const PATIENCE_MS = 300_000
/** A page that does not change for this long is complete. */
const STILL_MS = 450

/** Takes pictures on one history; those of runs in training last. @throws where a page complains of something */
export async function takePictures({ browser, app, studies, shots, onTaken }: Session): Promise<void> {
  const { lab } = app
  for (const shot of shots.filter(({ scene }) => scene.training === undefined)) await take(shot, { lab, studies })
  const training = shots.filter(({ scene }) => scene.training !== undefined)
  if (training.length === 0) return
  const [study] = await lab.studies.start({ content: IN_TRAINING, again: true })
  await lab.queue.open()
  const ended = async (): Promise<number> =>
    (await lab.runs.list({ search: `study:"${study!.id}" is:over`, limit: 1 })).total
  await until(async () => (await ended()) >= Math.max(...training.map(({ scene }) => scene.training!)), PATIENCE_MS)
  for (const shot of training) await take(shot, { lab, studies: { ...studies, training: study!.id } })
  await lab.queue.hold({ stop: true })
  await lab.studies.remove({ studyId: study!.id })

  async function take(shot: Shot, backstage: Backstage): Promise<void> {
    const { scene, theme, width, height, ratio, path } = shot
    // What the picture before has left: where it was, what it grouped, moved, smoothed and opened.
    await lab.layout.set({ key: 'place', value: '' })
    for (const key of ['history-view', 'history-columns', 'history-widths', 'smoothing', 'inspect-memory-use'])
      await lab.layout.set({ key, value: null })
    const context = await browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: ratio,
      colorScheme: theme,
      reducedMotion: 'reduce',
    })
    try {
      const tab = await context.newPage()
      tab.setDefaultTimeout(PATIENCE_MS)
      const complaints = listenForComplaints(tab)
      const open = openCalls(tab)
      await tab.goto(app.url)
      await tab.getByRole('navigation').first().waitFor()
      const address = await scene.at(backstage)
      await tab.evaluate(`location.hash = ${JSON.stringify(address)}`)
      await settle(tab, scene, open)
      await scene.act?.(tab, backstage)
      if (scene.act) await settle(tab, scene, open)
      await tab.screenshot({ path })
      if (complaints.length > 0) throw new Error(`${scene.name} complains: ${complaints.join('; ')}`)
      onTaken(shot)
    } finally {
      await context.close()
    }
  }
}

/** What the page has asked the host and has no answer to yet. */
function openCalls(tab: Tab): ReadonlySet<number> {
  const open = new Set<number>()
  const read = <T>(payload: string | Buffer): T | undefined =>
    typeof payload === 'string' ? undefined : (decodeFrame(payload) as T)
  tab.on('websocket', socket => {
    socket.on('framesent', ({ payload }) => {
      const message = read<FromClient>(payload)
      if (message?.kind === 'call') open.add(message.id)
      if (message?.kind === 'drop') open.delete(message.id)
    })
    socket.on('framereceived', ({ payload }) => {
      const message = read<FromHost>(payload)
      if (message?.kind === 'answer' || message?.kind === 'error') open.delete(message.id)
    })
  })
  return open
}

/** Waits until the page has all that it asked for, and looks the same for a while. What is in training never does. */
async function settle(tab: Tab, { training }: Scene, open: ReadonlySet<number>): Promise<void> {
  let before = ''
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline;) {
    await pause(training === undefined ? STILL_MS : 3 * STILL_MS)
    if (training !== undefined && open.size === 0) return
    if (open.size > 0 || (await tab.locator('[aria-busy="true"]').count()) > 0) {
      before = ''
      continue
    }
    const now = (await tab.screenshot({ animations: 'disabled', caret: 'hide' })).toString('base64')
    if (now === before) return
    before = now
  }
  throw new Error('the page does not come to rest')
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise(resolve => {
    setTimeout(resolve, milliseconds)
  })
