import { readonly, shallowRef } from 'vue'

/** The pages, in the order of the navigation. */
export const PAGES = ['build', 'live', 'history', 'compare', 'inspect'] as const
export type Page = typeof PAGES[number] | 'welcome'

/** Where the page is: in the address behind `#`, so that back, forward and reload work. */
export interface Place {
  readonly page: Page
  /** What the page is about: a draft, a study, a run. */
  readonly subject: string | null
  readonly query: Readonly<Record<string, string>>
}

export function parsePlace(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [page, subject] = path.split('/').map(part => decoded(part))
  const known = ([...PAGES, 'welcome'] as readonly string[]).includes(page!) ? page as Page : 'welcome'
  return { page: known, subject: subject || null, query: Object.fromEntries(new URLSearchParams(search)) }
}

export function writePlace({ page, subject, query }: Place): string {
  const search = new URLSearchParams(query).toString()
  return `#/${page}${subject === null ? '' : `/${encodeURIComponent(subject)}`}${search === '' ? '' : `?${search}`}`
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const place = shallowRef<Place>(parsePlace(window.location.hash))
// `go` has set the place already when the browser tells of the address; a place told twice would be opened twice.
window.addEventListener('hashchange', () => {
  const next = parsePlace(window.location.hash)
  if (writePlace(next) !== writePlace(place.value)) place.value = next
})

export function useRouter() {
  return { place: readonly(place), go, replace }
}

type Target = Partial<Place> & { readonly page: Page }
const whole = ({ page, subject = null, query = {} }: Target): Place => ({ page, subject, query })

/** Opens a page; "back" returns. */
export function go(target: Target): void {
  const next = whole(target)
  if (writePlace(next) === window.location.hash) return
  place.value = next
  window.location.hash = writePlace(next)
}

/** The same, without a step for "back". */
export function replace(target: Target): void {
  place.value = whole(target)
  window.history.replaceState(null, '', writePlace(place.value))
}
