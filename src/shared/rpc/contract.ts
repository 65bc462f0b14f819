import type { z } from 'zod'

/**
 * What two sides of a wall say to each other, as one record of groups of members. Both ends are made from it: `serve` checks every
 * input, `connect` every answer, and the types of handlers and of clients follow.
 *
 * Our own rather than oRPC 1.16: its messages have no typed arrays (a trace would travel as text or as Blobs, read asynchronously), its feeds
 * no word back from a listener that lags, and over a MessagePort it takes whatever structured cloning lets through.
 */

/** Asked once, answered once. */
export interface Call<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: 'call'
  readonly input: I
  readonly output: O
}

/** Listened to; says something now and then until it is no longer listened to. */
export interface Feed<I extends z.ZodType = z.ZodType, P extends z.ZodType = z.ZodType> {
  readonly kind: 'feed'
  readonly input: I
  readonly payload: P
}

export type Group = Readonly<Record<string, Call | Feed>>
export type Contract = Readonly<Record<string, Group>>

export const call = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O): Call<I, O> => ({
  kind: 'call',
  input,
  output,
})
export const feed = <I extends z.ZodType, P extends z.ZodType>(input: I, payload: P): Feed<I, P> => ({
  kind: 'feed',
  input,
  payload,
})

export interface CallOptions {
  /** Gives the call up: the promise rejects with `cancelled`, and the host stops working on it where it can. */
  readonly signal?: AbortSignal
}

export interface FeedOptions {
  /** Told once when the feed ends without having been left: the host refused it, or the connection is gone. */
  readonly onEnd?: (error: Error) => void
}

/** Leaves a feed. */
export type Leave = () => void

type Arguments<I, Rest extends unknown[]> = undefined extends I ? [input?: I, ...rest: Rest] : [input: I, ...rest: Rest]

export type ClientOf<C extends Contract> = {
  readonly [G in keyof C]: {
    readonly [M in keyof C[G]]: C[G][M] extends Call<infer I, infer O>
      ? (...given: Arguments<z.input<I>, [options?: CallOptions]>) => Promise<z.output<O>>
      : C[G][M] extends Feed<infer I, infer P>
        ? (input: z.input<I>, listen: (payload: z.output<P>) => void, options?: FeedOptions) => Leave
        : never
  }
}

export interface CallContext {
  /** Aborted when the asker gives up or goes away. */
  readonly signal: AbortSignal
}

export interface FeedContext {
  /** True while what was said before is still on its way: a feed that can, waits and says more at once. */
  readonly congested: () => boolean
}

export type ServiceOf<C extends Contract> = {
  readonly [G in keyof C]: {
    readonly [M in keyof C[G]]: C[G][M] extends Call<infer I, infer O>
      ? (input: z.output<I>, context: CallContext) => z.input<O> | Promise<z.input<O>>
      : C[G][M] extends Feed<infer I, infer P>
        ? (input: z.output<I>, emit: (payload: z.input<P>) => void, context: FeedContext) => Leave
        : never
  }
}
