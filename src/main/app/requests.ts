import type { Request } from '../../shared/contract/index.ts'

const MOST_WAITING = 100

/** What is asked of the page from outside: said to all that listen; what comes while nobody does waits for the first. */
export interface Requests {
  say(request: Request): void
  listen(listen: (request: Request) => void): () => void
}

export function requestsFromOutside(): Requests {
  const listeners = new Set<(request: Request) => void>()
  let waiting: Request[] = []
  return {
    say(request) {
      if (listeners.size === 0) waiting = [...waiting, request].slice(-MOST_WAITING)
      for (const listen of listeners) listen(request)
    },
    listen(listen) {
      listeners.add(listen)
      waiting.splice(0).forEach(request => listen(request))
      return () => {
        listeners.delete(listen)
      }
    },
  }
}
