import { defineAsyncComponent, type Component } from 'vue'
import { LabError } from '../../shared/errors.ts'

type Load = () => Promise<{ readonly default: Component }>

/** A page's code did not come. What a browser says of that is no word for a person. */
export const NOT_LOADED = 'page-not-loaded'
const loads: Load[] = []

/** A page whose code comes when it is opened. */
export function pageView(load: Load): Component {
  const told: Load = () =>
    load().catch((cause: unknown) => {
      throw new LabError(
        NOT_LOADED,
        'The lab does not answer, and this page’s code has not been fetched from it yet.',
        {
          cause,
        },
      )
    })
  loads.push(load)
  return defineAsyncComponent(told)
}

/** Fetches the code of all pages in the first quiet moment, so that none is missing when the lab has gone. */
export function fetchPages(): void {
  const fetchAll = (): void => {
    for (const load of loads) void load().catch(() => undefined)
  }
  if ('requestIdleCallback' in window) window.requestIdleCallback(fetchAll, { timeout: 10_000 })
  else setTimeout(fetchAll, 2_000)
}
