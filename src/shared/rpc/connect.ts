import { LabError } from '../errors.ts'
import { Silence, type Clock } from './beat.ts'
import type { Channel } from './channel.ts'
import type { Call, CallOptions, ClientOf, Contract, Feed, FeedOptions, Leave } from './contract.ts'
import { ContractError } from './errors.ts'
import { decodeFrame, encodeFrame } from './frame.ts'
import { FromHost, type FromClient } from './messages.ts'

/** Payloads that are said to be heard by one message: fewer than make a feed congested. */
const TOLD_TOGETHER = 2

interface Asked {
  readonly member: Call
  readonly to: string
  resolve: (output: unknown) => void
  reject: (error: Error) => void
}
interface Listening {
  readonly member: Feed
  readonly to: string
  readonly input: unknown
  readonly listen: (payload: unknown) => void
  readonly onEnd: (error: Error) => void
  untold: number
}

export interface Connection<C extends Contract> {
  readonly client: ClientOf<C>
  /**
   * Talks over this channel from now on. When it closes, open calls fail with `disconnected`; feeds stay and go on over the next channel
   * that is attached, each as if it had been asked anew.
   */
  attach(channel: Channel): void
  readonly connected: () => boolean
}

export interface ConnectOptions {
  /** Told of what listeners throw, and of messages that make no sense. */
  readonly onProblem?: (error: unknown) => void
  /** Told when the connection comes and goes. */
  readonly onChange?: (connected: boolean) => void
  /** By which is noticed that the other side says nothing any more; it has to be one that says beats. Left out: it is not noticed. */
  readonly clock?: Clock
  /** Told since when, by the clock, a side that is connected has said nothing; null: it says something again. */
  readonly onSilence?: (since: number | null) => void
}

export function connect<C extends Contract>(
  contract: C,
  { onProblem = () => {}, onChange = () => {}, onSilence = () => {}, clock }: ConnectOptions = {},
): Connection<C> {
  const asked = new Map<number, Asked>()
  const listening = new Map<number, Listening>()
  let channel: Channel | null = null
  let silence: Silence | undefined
  let last = 0

  const say = (message: FromClient): void => {
    if (!channel) throw new LabError('disconnected', 'The connection to the app’s host is gone.')
    channel.send(encodeFrame(message))
  }

  function call(member: Call, to: string, given: unknown, { signal }: CallOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) throw cancelled()
      const id = ++last
      say({ kind: 'call', id, to, input: checked(member.input, given, to, 'bad-request') })
      const give = (): void => {
        if (!asked.delete(id)) return
        if (channel) say({ kind: 'drop', id })
        reject(cancelled())
      }
      signal?.addEventListener('abort', give, { once: true })
      const settled = (): void => {
        signal?.removeEventListener('abort', give)
      }
      asked.set(id, {
        member,
        to,
        resolve(output) {
          settled()
          resolve(output)
        },
        reject(error) {
          settled()
          reject(error)
        },
      })
    })
  }

  function feed(
    member: Feed,
    to: string,
    given: unknown,
    listen: (payload: unknown) => void,
    { onEnd = onProblem }: FeedOptions = {},
  ): Leave {
    const input = checked(member.input, given, to, 'bad-request')
    const id = ++last
    listening.set(id, { member, to, input, listen, onEnd, untold: 0 })
    if (channel) say({ kind: 'listen', id, to, input })
    return () => {
      if (listening.delete(id) && channel) say({ kind: 'drop', id })
    }
  }

  function hear(message: FromHost): void {
    if (message.kind === 'beat') return say({ kind: 'beat' })
    const { id } = message
    if (message.kind === 'payload') return hearPayload(id, message.payload)
    const call = asked.get(id)
    asked.delete(id)
    if (message.kind === 'error') {
      const error = new ContractError(message)
      call?.reject(error)
      const feed = listening.get(id)
      if (listening.delete(id)) feed!.onEnd(error)
      return
    }
    if (!call) return
    try {
      call.resolve(checked(call.member.output, message.output, call.to, 'bad-answer'))
    } catch (error) {
      call.reject(error as Error)
    }
  }

  function hearPayload(id: number, payload: unknown): void {
    const feed = listening.get(id)
    if (!feed) return
    try {
      feed.listen(checked(feed.member.payload, payload, feed.to, 'bad-answer'))
    } catch (error) {
      onProblem(error)
    }
    if (!channel || ++feed.untold < TOLD_TOGETHER) return
    say({ kind: 'heard', id, count: feed.untold })
    feed.untold = 0
  }

  return {
    client: clientOf(contract, call, feed),
    connected: () => channel !== null,
    attach(next) {
      channel = next
      silence?.end()
      const own = clock && new Silence(clock, onSilence)
      silence = own
      next.onClose(() => {
        own?.end()
        if (channel !== next) return
        channel = null
        const lost = [...asked.values()]
        asked.clear()
        for (const { reject } of lost) reject(new LabError('disconnected', 'The connection to the app’s host is gone.'))
        onChange(false)
      })
      next.onMessage(bytes => {
        if (channel !== next) return
        own?.heard()
        try {
          hear(FromHost.parse(decodeFrame(bytes)) as FromHost)
        } catch (error) {
          onProblem(error)
        }
      })
      for (const [id, feed] of listening) {
        feed.untold = 0
        say({ kind: 'listen', id, to: feed.to, input: feed.input })
      }
      onChange(true)
    },
  }
}

type AskCall = (member: Call, to: string, given: unknown, options?: CallOptions) => Promise<unknown>
type AskFeed = (
  member: Feed,
  to: string,
  given: unknown,
  listen: (payload: unknown) => void,
  options?: FeedOptions,
) => Leave

function clientOf<C extends Contract>(contract: C, call: AskCall, feed: AskFeed): ClientOf<C> {
  const groups = Object.entries(contract).map(([group, members]) => [
    group,
    Object.fromEntries(
      Object.entries(members).map(([name, member]) => {
        const to = `${group}.${name}`
        return [
          name,
          member.kind === 'call'
            ? (given: unknown, options?: CallOptions) => call(member, to, given, options)
            : (given: unknown, listen: (payload: unknown) => void, options?: FeedOptions) =>
                feed(member, to, given, listen, options),
        ]
      }),
    ),
  ])
  return Object.fromEntries(groups) as ClientOf<C>
}

function checked(schema: Call['input'], value: unknown, to: string, code: string): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new ContractError({
    code,
    message: `${to}: ${[...issue!.path, issue!.message].join(': ')}`,
    field: issue!.path.join('.'),
  })
}

const cancelled = (): LabError => new LabError('cancelled', 'This was given up.')
