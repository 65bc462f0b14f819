/** The pages, in the order of the navigation. */
export const PAGES = ['build', 'live', 'history', 'compare', 'inspect'] as const
export type Page = (typeof PAGES)[number] | 'welcome'

/** Where the page is: in the address behind `#`, so that back, forward and reload work. */
export interface Place {
  readonly page: Page
  /** What the page is about: a draft, a study, a run. */
  readonly subject: string | null
  readonly query: Readonly<Record<string, string>>
}

const MOST_SUBJECT = 300

export function parsePlace(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [page, subject] = path.split('/').map(part => decoded(part))
  const known = ([...PAGES, 'welcome'] as readonly string[]).includes(page!) ? (page as Page) : 'welcome'
  // No id is as long; what is asked with one that is not has a page that says so.
  return {
    page: known,
    subject: subject?.slice(0, MOST_SUBJECT) || null,
    query: Object.fromEntries(new URLSearchParams(search)),
  }
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
