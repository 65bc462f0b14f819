import { shallowRef, type Component, type ShallowRef } from 'vue'
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import type { QueueState } from '../../shared/contract/index.ts'
import { CONNECTED, LAB, STANDING } from '../composables/lab.ts'
import { HERE, type Standing } from '../lib/standing.ts'
import { provideHost } from '../shell/host.ts'
import { provideSubject } from '../shell/subject.ts'
import { fakeLab, type FakeLab, type Handlers } from './fake-lab.ts'

/** What every page asks of the host, answered as by one that is new and idle. */
export const IDLE: Handlers = {
  settings: {
    get: () =>
      Promise.resolve({
        theme: 'light',
        workers: null,
        device: 'wasm',
        checkpointEverySeconds: 30,
        trainAtStart: true,
        notifyAtEnd: true,
        keys: {},
        revision: 1,
      }),
  },
  app: {
    info: () =>
      Promise.resolve({
        version: '1.0.0',
        commit: null,
        shell: 'web',
        platform: 'linux',
        versions: {},
        safeMode: false,
        cores: 2,
        startAgain: 'npm run serve -- --port 9410',
      }),
    recent: () => Promise.resolve([]),
  },
  layout: { get: () => Promise.resolve(undefined), set: () => Promise.resolve(undefined) },
  studies: { list: () => Promise.resolve([]) },
  drafts: { list: () => Promise.resolve([]) },
}

export const EMPTY_QUEUE: QueueState = {
  state: 'open',
  failure: null,
  workers: 2,
  running: [],
  waiting: [],
  waitingCount: 0,
  stopped: [],
  stoppedCount: 0,
  interruptedAtStart: 0,
  secondsLeft: null,
}

function merged(given: Handlers): Handlers {
  const groups = new Set([...Object.keys(IDLE), ...Object.keys(given)]) as Set<keyof Handlers>
  return Object.fromEntries([...groups].map(group => [group, { ...IDLE[group], ...given[group] }])) as Handlers
}

/** A component as it stands in the app, over a host in memory, which can be said to be out of reach. */
export function mountPage(
  page: Component,
  handlers: Handlers = {},
  props: Record<string, unknown> = {},
): { view: VueWrapper; host: FakeLab; connected: ShallowRef<boolean>; standing: ShallowRef<Standing> } {
  const host = fakeLab(merged(handlers))
  const connected = shallowRef(true)
  const standing = shallowRef<Standing>(HERE)
  const requests = shallowRef(0)
  const view = mount(
    {
      components: { Page: page },
      setup() {
        provideSubject()
        provideHost(() => {
          requests.value++
        })
        return { props }
      },
      template: '<Page v-bind="props" />',
    },
    {
      global: {
        provide: { [LAB as symbol]: host.lab, [CONNECTED as symbol]: connected, [STANDING as symbol]: standing },
      },
      attachTo: document.body,
    },
  )
  return { view, host, connected, standing }
}

/** Time passes in turns this long, so that what is late in one of them, on a busy machine, delays the next ones too. */
const TURN_MS = 10

/** Everything that was asked has been answered, and what waits a little has been asked. */
export async function settle(milliseconds = 200): Promise<void> {
  for (let waited = 0; waited < milliseconds; waited += TURN_MS) {
    await flushPromises()
    await new Promise(resolve => {
      setTimeout(resolve, TURN_MS)
    })
  }
  await flushPromises()
}
