import { z } from 'zod'

/** What goes over a channel, each as one frame. `id` is the asker's own number for a call or feed; `to` is `group.member`. */

const id = z.number().int().min(0)
const to = z.string().max(100)

export const FromClient = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('call'), id, to, input: z.unknown().optional() }),
  z.strictObject({ kind: z.literal('listen'), id, to, input: z.unknown().optional() }),
  /** Gives up a call, leaves a feed. */
  z.strictObject({ kind: z.literal('drop'), id }),
  /** So many payloads of a feed have been heard. */
  z.strictObject({ kind: z.literal('heard'), id, count: z.number().int().min(1).default(1) }),
  /** The answer to a beat. */
  z.strictObject({ kind: z.literal('beat') }),
])
export type FromClient = z.input<typeof FromClient>

export const FromHost = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answer'), id, output: z.unknown().optional() }),
  z.strictObject({ kind: z.literal('payload'), id, payload: z.unknown().optional() }),
  /** The end of a call or feed. */
  z.strictObject({
    kind: z.literal('error'),
    id,
    code: z.string(),
    message: z.string(),
    field: z.string().nullable().optional(),
    about: z.array(z.string()).readonly().optional(),
  }),
  /** That it lives; to be answered. */
  z.strictObject({ kind: z.literal('beat') }),
])
export type FromHost = z.input<typeof FromHost>
