import { inject, onScopeDispose, provide, readonly, shallowRef, watch, type InjectionKey, type ShallowRef } from 'vue'
import type { AppInfo, MachineLoad, QueueState, Request, Settings } from '../../shared/contract/index.ts'
import { useChanges, useLab } from '../composables/lab.ts'
import { useTheme } from '../composables/theme.ts'
import { whileShown } from '../lib/while-shown.ts'
import { setKeys } from './commands.ts'
import { attempt, sayProblem } from './toasts.ts'

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
  const settings = shallowRef<Settings>()
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

  const { choose } = useTheme()
  watch(settings, now => {
    if (!now) return
    choose(now.theme)
    setKeys(now.keys)
  })

  const host: Host = {
    queue,
    load,
    info,
    settings,
    lost: readonly(lost) as Host['lost'],
    async change(next) {
      if (next.theme) choose(next.theme)
      await attempt(async () => {
        settings.value = await lab.settings.set(next)
      })
    },
  }
  provide(HOST, host)
  return host
}
