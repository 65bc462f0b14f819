import { LabError } from '../errors.ts'
import { Beating, type Clock } from './beat.ts'
import type { Channel } from './channel.ts'
import type { Call, CallContext, Contract, Feed, FeedContext, Leave, ServiceOf } from './contract.ts'
import { wireError, ContractError } from './errors.ts'
import { decodeFrame, encodeFrame } from './frame.ts'
import { FromClient, type FromHost } from './messages.ts'

export interface ServeOptions {
  /** Told of faults: errors that are no `LabError`, and messages that make no sense. */
  readonly onProblem?: (error: unknown, where: string) => void
  /** Calls worked on at a time, and feeds listened to; more are refused with `busy`. */
  readonly mostCalls?: number
  readonly mostFeeds?: number
  /** Bytes of one message; a longer one ends the connection. */
  readonly mostBytes?: number
  /** Bytes of answers that the other side has not taken, from which on calls are refused with `busy`. */
  readonly mostUnsent?: number
  /** By which beats are said, so that each side notices when the other one is gone; left out: none are. */
  readonly clock?: Clock
}

const MIB = 1024 * 1024

/** Payloads on their way from which on a feed counts as congested, and at which it is ended. */
const CONGESTED = 4
const LOST = 1_000
/** Calls refused one after the other because answers wait, at which the connection is ended. */
const DEAF = 100

type CallHandler = (input: unknown, context: CallContext) => unknown
type FeedHandler = (input: unknown, emit: (payload: unknown) => void, context: FeedContext) => Leave

interface Listening {
  leave: Leave
  unheard: number
}

/**
 * Answers what comes over a channel for as long as it lasts. Whatever the other side sends, nothing is thrown: an input that does not fit
 * its schema fails with `bad-request`, a message that makes no sense ends the connection.
 */
export function serve<C extends Contract>(
  contract: C,
  service: ServiceOf<C>,
  channel: Channel,
  options: ServeOptions = {},
): void {
  const {
    onProblem = () => {},
    mostCalls = 256,
    mostFeeds = 64,
    mostBytes = 256 * MIB,
    mostUnsent = 32 * MIB,
    clock,
  } = options
  const calls = new Map<number, AbortController>()
  const feeds = new Map<number, Listening>()
  let open = true
  let unheard = 0

  const say = (message: FromHost): void => {
    if (open) channel.send(encodeFrame(message))
  }
  const refuse = (id: number, error: unknown, where: string): void => {
    if (!(error instanceof LabError)) onProblem(error, where)
    say({ kind: 'error', id, ...wireError(error) })
  }

  function find(to: string, kind: 'call'): [Call, CallHandler]
  function find(to: string, kind: 'feed'): [Feed, FeedHandler]
  function find(to: string, kind: 'call' | 'feed'): [Call | Feed, unknown] {
    const [group = '', member = '', ...more] = to.split('.')
    const members = Object.hasOwn(contract, group) ? contract[group]! : {}
    const found = more.length === 0 && Object.hasOwn(members, member) ? members[member]! : undefined
    if (found?.kind !== kind) throw new LabError('bad-request', `There is no ${kind} ${to}.`)
    return [found, (service[group] as Record<string, unknown>)[member]]
  }

  async function answer(id: number, to: string, given: unknown): Promise<void> {
    const controller = new AbortController()
    calls.set(id, controller)
    try {
      const [member, handle] = find(to, 'call')
      const output = await handle(checkedInput(member, given, to), { signal: controller.signal })
      if (controller.signal.aborted) throw cancelled()
      say({ kind: 'answer', id, output })
    } catch (error) {
      refuse(id, controller.signal.aborted ? cancelled() : error, to)
    } finally {
      calls.delete(id)
    }
  }

  function listen(id: number, to: string, given: unknown): void {
    const listening: Listening = { leave: () => {}, unheard: 0 }
    const isOver = (): boolean => feeds.get(id) !== listening
    const end = (error: unknown): void => {
      if (isOver()) return
      drop(id)
      refuse(id, error, to)
    }
    const emit = (payload: unknown): void => {
      if (isOver()) return
      if (++listening.unheard > LOST) return end(new LabError('too-slow', 'The listener does not keep up.'))
      try {
        say({ kind: 'payload', id, payload })
      } catch (error) {
        end(error)
      }
    }
    feeds.set(id, listening)
    try {
      const [member, handle] = find(to, 'feed')
      const leave = handle(checkedInput(member, given, to), emit, { congested: () => listening.unheard >= CONGESTED })
      if (isOver()) leave()
      else listening.leave = leave
    } catch (error) {
      end(error)
    }
  }

  function drop(id: number): void {
    calls.get(id)?.abort()
    const listening = feeds.get(id)
    feeds.delete(id)
    try {
      listening?.leave()
    } catch (error) {
      onProblem(error, 'leave')
    }
  }

  const beating =
    clock &&
    new Beating(
      clock,
      () => say({ kind: 'beat' }),
      () => {
        leave()
        channel.close()
      },
    )

  /** Nothing is worked on any more for a page that is gone. */
  function leave(): void {
    open = false
    beating?.end()
    for (const id of [...calls.keys(), ...feeds.keys()]) drop(id)
  }

  /** Whoever asks and does not take the answers would have them pile up here. */
  function hasRoom(): boolean {
    if ((channel.unsent?.() ?? 0) > mostUnsent) return false
    unheard = 0
    return true
  }

  function hear(message: ReturnType<typeof FromClient.parse>): void {
    if (message.kind === 'beat') return
    const { id } = message
    switch (message.kind) {
      case 'call':
      case 'listen': {
        if (calls.has(id) || feeds.has(id)) throw new LabError('bad-request', `The number ${id} is in use.`)
        const full = message.kind === 'call' ? calls.size >= mostCalls : feeds.size >= mostFeeds
        if (full) return refuse(id, new LabError('busy', 'Too many things are asked at once.'), message.to)
        if (message.kind === 'call' && !hasRoom()) {
          if (++unheard >= DEAF) throw new LabError('too-slow', 'Answers are not taken, and more is asked.')
          return refuse(id, new LabError('busy', 'Answers wait to be taken; ask again when they are.'), message.to)
        }
        if (message.kind === 'call') void answer(id, message.to, message.input)
        else listen(id, message.to, message.input)
        return
      }
      case 'drop':
        return drop(id)
      case 'heard': {
        const listening = feeds.get(id)
        if (listening) listening.unheard = Math.max(0, listening.unheard - message.count)
      }
    }
  }

  channel.onClose(leave)
  channel.onMessage(bytes => {
    beating?.heard()
    try {
      if (bytes.length > mostBytes)
        throw new LabError('too-large', `A message has ${bytes.length} bytes; the most is ${mostBytes}.`)
      hear(FromClient.parse(decodeFrame(bytes)))
    } catch (error) {
      onProblem(error, 'message')
      channel.close()
    }
  })
}

function checkedInput(member: Call | Feed, given: unknown, to: string): unknown {
  const result = member.input.safeParse(given)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const field = issue!.path.join('.')
  throw new ContractError({
    code: 'bad-request',
    message: `${to} does not take this: ${field === '' ? '' : `${field}: `}${issue!.message}`,
    field,
  })
}

const cancelled = (): LabError => new LabError('cancelled', 'This was given up.')
