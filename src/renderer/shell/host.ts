import { inject, onScopeDispose, provide, readonly, shallowRef, watch, type InjectionKey, type ShallowRef } from 'vue'
import type { AppInfo, MachineLoad, QueueState, Request, Settings, SettingsNow } from '../../shared/contract/index.ts'
import { useChanges, useLab, useReconnect } from '../composables/lab.ts'
import { useTheme } from '../composables/theme.ts'
import { whileShown } from '../lib/while-shown.ts'
import { setKeys } from './commands.ts'
import { go } from './router.ts'
import { attempt, resolve, say, sayError, sayProblem, setRemedies } from './toasts.ts'

/** What the whole page knows of the host, listened to once. */
export interface Host {
  readonly queue: Readonly<ShallowRef<QueueState | undefined>>
  readonly load: Readonly<ShallowRef<MachineLoad | undefined>>
  readonly info: Readonly<ShallowRef<AppInfo | undefined>>
  readonly settings: Readonly<ShallowRef<Settings | undefined>>
  /** Why the host no longer answers. */
  readonly lost: Readonly<ShallowRef<Error | undefined>>
  readonly change: (settings: Partial<Settings>) => Promise<void>
}

const HOST: InjectionKey<Host> = Symbol('host')

export function useHost(): Host {
  const host = inject(HOST)
  if (!host) throw new Error('useHost() stands outside of an app that called provideHost().')
  return host
}

/** @param onRequest what the native menu or a second start asks for */
export function provideHost(onRequest: (request: Request) => void): Host {
  const lab = useLab()
  const queue = shallowRef<QueueState>()
  const load = shallowRef<MachineLoad>()
  const info = shallowRef<AppInfo>()
  const settings = shallowRef<SettingsNow>()
  const lost = shallowRef<Error>()
  const onEnd = (error: Error): void => {
    lost.value = error
  }

  for (const leave of [
    whileShown(() =>
      lab.queue.onChange(
        undefined,
        state => {
          queue.value = state
        },
        { onEnd },
      ),
    ),
    whileShown(() =>
      lab.live.onLoad(undefined, now => {
        load.value = now
      }),
    ),
    lab.app.onRequest(undefined, onRequest),
    lab.live.onDiverged(undefined, ({ studyId, studyName, planTitle, seed }) => {
      say(`“${studyName}”: ${planTitle}, seed ${seed}, has diverged`, {
        tone: 'bad',
        action: { title: 'Look', run: () => go({ page: 'live', subject: studyId }) },
      })
    }),
  ])
    onScopeDispose(leave)
  useChanges(['settings'], () => {
    void read()
  })

  const read = (): Promise<void> =>
    lab.settings.get().then(now => {
      settings.value = now
    }, sayProblem)
  void read()
  void attempt(async () => {
    info.value = await lab.app.info()
  })

  useReconnect(() => {
    resolve(({ kind }) => kind === 'connected')
    void lab.app.info().then(now => {
      // The page is that of another version of the lab.
      if (info.value && (info.value.version !== now.version || info.value.commit !== now.commit)) location.reload()
      info.value = now
    }, sayProblem)
  })
  watch(queue, now => {
    if (!now) return
    const trained = new Set(now.running.map(({ runId }) => runId))
    if (now.state === 'open') resolve(({ kind }) => kind === 'open')
    resolve(until => until.kind === 'stopped' && !until.runs.some(id => trained.has(id)))
  })
  setRemedies({
    'run-taken': ({ about }) => ({
      title: about.length === 1 ? 'Stop it' : 'Stop them',
      run: () => void attempt(() => lab.queue.pause({ runs: [...about] })),
    }),
  })

  const { choose } = useTheme()
  watch(settings, now => {
    if (!now) return
    choose(now.theme)
    setKeys(now.keys)
  })

  /** Of a setting that another window has changed meanwhile, that one holds, and this one is offered. */
  async function set(next: Partial<Settings>, revision: number | undefined): Promise<void> {
    try {
      settings.value = await lab.settings.set({ ...next, revision })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'stale')) {
        sayError(error)
        return
      }
      await read()
      say('This setting was changed in another window meanwhile, and stays as it is there', {
        action: { title: 'Set it as here', run: () => void set(next, settings.value?.revision) },
      })
    }
  }

  const host: Host = {
    queue,
    load,
    info,
    settings,
    lost: readonly(lost) as Host['lost'],
    async change(next) {
      if (next.theme) choose(next.theme)
      await set(next, settings.value?.revision)
    },
  }
  provide(HOST, host)
  return host
}
