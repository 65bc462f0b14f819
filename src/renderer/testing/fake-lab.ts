import { contract, type LabClient } from '../../shared/contract/index.ts'
import { LabError } from '../../shared/errors.ts'

export type Handlers = { readonly [G in keyof LabClient]?: Partial<LabClient[G]> }

export interface FakeLab {
  readonly lab: LabClient
  /** Says something on a feed, to all who listen: `say('queue.onChange', state)`. */
  readonly say: (feed: string, payload: unknown) => void
  /** What was asked, in order: `['runs.list', input]`. */
  readonly asked: [name: string, input: unknown][]
}

/** A host in memory that knows what a test tells it: calls without a handler fail with `not-faked`, feeds without one say what `say` says. */
export function fakeLab(handlers: Handlers = {}): FakeLab {
  const listeners = new Map<string, Set<(payload: unknown) => void>>()
  const asked: [string, unknown][] = []

  const feed =
    (name: string) =>
    (_: unknown, listen: (payload: unknown) => void): (() => void) => {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(listen))
      return () => {
        set.delete(listen)
      }
    }
  const missing = (name: string) => (): Promise<never> =>
    Promise.reject(new LabError('not-faked', `${name} has no handler here`))

  const lab = Object.fromEntries(
    Object.entries(contract).map(([group, members]) => [
      group,
      Object.fromEntries(
        Object.entries(members).map(([member, { kind }]) => {
          const name = `${group}.${member}`
          const handler = (handlers as Record<string, Record<string, (...given: unknown[]) => unknown> | undefined>)[
            group
          ]?.[member]
          if (kind === 'feed') return [member, handler ?? feed(name)]
          return [
            member,
            (input: unknown, options: unknown) => {
              asked.push([name, input])
              return (handler ?? missing(name))(input, options)
            },
          ]
        }),
      ),
    ]),
  ) as unknown as LabClient

  return {
    lab,
    asked,
    say: (name, payload) => {
      for (const listen of listeners.get(name) ?? []) listen(payload)
    },
  }
}
