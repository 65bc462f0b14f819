import { inject, onScopeDispose, type InjectionKey } from 'vue'
import type { Changed, LabClient } from '../../shared/contract/index.ts'
import { whileShown } from '../lib/while-shown.ts'

export const LAB: InjectionKey<LabClient> = Symbol('lab')

/** The host, as everything in the page asks it. */
export function useLab(): LabClient {
  const lab = inject(LAB)
  if (!lab) throw new Error('useLab() stands outside of an app that provides LAB.')
  return lab
}

type Hear = (changed: Changed) => void
const heard = new WeakMap<LabClient, { readonly listeners: Set<Hear>, leave: () => void }>()
const ANYTHING: Changed = { version: 0, what: ['runs', 'progress', 'studies', 'drafts', 'trash', 'settings'], runs: [] }

/** One feed for all of the page that listens. After a time out of sight anything may have changed. */
function listen(lab: LabClient, hear: Hear): () => void {
  const known = heard.get(lab)
  if (known) known.listeners.add(hear)
  else {
    const listeners = new Set([hear])
    const tell = (changed: Changed): void => { for (const one of [...listeners]) one(changed) }
    let first = !document.hidden
    const leave = whileShown(() => {
      if (!first) tell(ANYTHING)
      first = false
      return lab.changes.onChange(undefined, tell)
    })
    heard.set(lab, { listeners, leave })
  }
  return () => {
    const own = heard.get(lab)
    if (!own?.listeners.delete(hear) || own.listeners.size > 0) return
    own.leave()
    heard.delete(lab)
  }
}

/** Calls `then` whenever one of these changed in the host, whoever changed it; ends with the scope. */
export function useChanges(what: readonly Changed['what'][number][], then: (changed: Changed) => void): void {
  onScopeDispose(listen(useLab(), changed => {
    if (changed.what.some(one => what.includes(one))) then(changed)
  }))
}

/** Whether a change may be about this run. */
export const concernsRun = ({ runs }: Changed, id: string): boolean => runs.length === 0 || runs.includes(id)

/** Whether a change may be about runs of this study, whose ids begin with its own. */
export const concernsStudy = ({ runs }: Changed, studyId: string): boolean => runs.length === 0 || runs.some(id => id.startsWith(`${studyId}.`))
