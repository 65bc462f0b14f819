import { inject, onScopeDispose, type InjectionKey } from 'vue'
import type { Changed, LabClient } from '../../shared/contract/index.ts'

export const LAB: InjectionKey<LabClient> = Symbol('lab')

/** The host, as everything in the page asks it. */
export function useLab(): LabClient {
  const lab = inject(LAB)
  if (!lab) throw new Error('useLab() stands outside of an app that provides LAB.')
  return lab
}

/** Calls `then` whenever one of these changed in the host, whoever changed it; ends with the scope. */
export function useChanges(what: readonly Changed['what'][number][], then: (changed: Changed) => void): void {
  onScopeDispose(useLab().changes.onChange(undefined, changed => {
    if (changed.what.some(one => what.includes(one))) then(changed)
  }))
}
