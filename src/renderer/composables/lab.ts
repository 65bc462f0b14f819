import {
  effectScope,
  hasInjectionContext,
  inject,
  onScopeDispose,
  shallowRef,
  watch,
  type InjectionKey,
  type Ref,
} from 'vue'
import type { Changed, LabClient } from '../../shared/contract/index.ts'
import { HERE, type Standing } from '../lib/standing.ts'
import { whileShown } from '../lib/while-shown.ts'

export const LAB: InjectionKey<LabClient> = Symbol('lab')

/** The host, as everything in the page asks it. */
export function useLab(): LabClient {
  const lab = inject(LAB)
  if (!lab) throw new Error('useLab() stands outside of an app that provides LAB.')
  return lab
}

export const CONNECTED: InjectionKey<Readonly<Ref<boolean>>> = Symbol('connected')
const ALWAYS: Readonly<Ref<boolean>> = shallowRef(true)

/** Whether the host can be reached; while it cannot, whatever is asked fails. */
export const useConnected = (): Readonly<Ref<boolean>> => (hasInjectionContext() ? inject(CONNECTED, ALWAYS) : ALWAYS)

export const STANDING: InjectionKey<Readonly<Ref<Standing>>> = Symbol('standing')
const ALWAYS_HERE: Readonly<Ref<Standing>> = shallowRef(HERE)

/** Whether the host answers, hangs, is gone or was started anew, and since when. */
export const useStanding = (): Readonly<Ref<Standing>> =>
  hasInjectionContext() ? inject(STANDING, ALWAYS_HERE) : ALWAYS_HERE

export const isDisconnected = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'disconnected'

/** Calls `then` whenever the host is reached again; ends with the scope. */
export function useReconnect(then: () => void): void {
  watch(
    useConnected(),
    now => {
      if (now) then()
    },
    { flush: 'sync' },
  )
}

type What = Changed['what'][number]
type Hear = (changed: Changed) => void
interface Feed {
  readonly listeners: Set<Hear>
  leave: () => void
}

/** What training changes once a second is heard by those alone who draw it. */
const FEEDS: Readonly<Record<'often' | 'seldom', What[]>> = {
  often: ['progress'],
  seldom: ['runs', 'studies', 'drafts', 'trash', 'settings'],
}
const heard = { often: new WeakMap<LabClient, Feed>(), seldom: new WeakMap<LabClient, Feed>() }

/** One feed for all of the page that listens. After a time out of sight or without a connection anything may have changed. */
function listen(which: keyof typeof FEEDS, hear: Hear): () => void {
  const lab = useLab()
  const known = heard[which].get(lab)
  if (known) known.listeners.add(hear)
  else {
    const what = FEEDS[which]
    const listeners = new Set([hear])
    const tell = (changed: Changed): void => {
      for (const one of [...listeners]) one(changed)
    }
    const connected = useConnected()
    const tellAll = (): void => {
      if (connected.value && !document.hidden) tell({ version: 0, what, runs: [] })
    }
    let first = !document.hidden
    const leave = whileShown(() => {
      const end = lab.changes.onChange({ what }, tell)
      if (!first) tellAll()
      first = false
      return end
    })
    const scope = effectScope(true)
    scope.run(() => {
      useReconnect(tellAll)
    })
    heard[which].set(lab, {
      listeners,
      leave() {
        leave()
        scope.stop()
      },
    })
  }
  return () => {
    const own = heard[which].get(lab)
    if (!own?.listeners.delete(hear) || own.listeners.size > 0) return
    own.leave()
    heard[which].delete(lab)
  }
}

/** Calls `then` whenever one of these changed in the host, whoever changed it; ends with the scope. */
export function useChanges(what: readonly Exclude<What, 'progress'>[], then: Hear): void {
  onScopeDispose(
    listen('seldom', changed => {
      if (changed.what.some(one => what.some(own => own === one))) then(changed)
    }),
  )
}

/** Calls `then`, about once a second and at most four times, when runs that are being trained have come further, and nothing else of them has changed. */
export function useProgress(then: Hear): void {
  onScopeDispose(
    listen('often', changed => {
      if (changed.what.includes('progress') && !changed.what.includes('runs')) then(changed)
    }),
  )
}

/** Whether a change may be about this run. */
export const concernsRun = ({ runs }: Changed, id: string): boolean => runs.length === 0 || runs.includes(id)

/** Whether a change may be about runs of this study, whose ids begin with its own. */
export const concernsStudy = ({ runs }: Changed, studyId: string): boolean =>
  runs.length === 0 || runs.some(id => id.startsWith(`${studyId}.`))
