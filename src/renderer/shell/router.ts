import { readonly, shallowRef } from 'vue'
import { parsePlace, writePlace, type Page, type Place } from './place.ts'

export { PAGES, parsePlace, writePlace, type Page, type Place } from './place.ts'

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
