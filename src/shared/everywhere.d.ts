/** The globals beyond ECMAScript that a page, a worker, Node and Electron all have. Nothing else may be used in shared and engine. */

interface Performance {
  /** Milliseconds since some fixed moment; never runs backwards. */ now(): number
}
declare const performance: Performance

interface TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>
}
declare const TextEncoder: new () => TextEncoder

interface TextDecoder {
  decode(bytes?: ArrayBuffer | ArrayBufferView): string
}
declare const TextDecoder: new (encoding?: 'utf-8', options?: { fatal?: boolean; ignoreBOM?: boolean }) => TextDecoder

interface SubtleCrypto {
  digest(algorithm: 'SHA-256', bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>): Promise<ArrayBuffer>
}
declare const crypto: { readonly subtle: SubtleCrypto; randomUUID(): string }

interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}
declare const AbortSignal: { abort(reason?: unknown): AbortSignal }
interface AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}
declare const AbortController: new () => AbortController

declare function setTimeout(run: () => void, milliseconds?: number): unknown
declare function clearTimeout(timer: unknown): void
declare function queueMicrotask(run: () => void): void
declare function structuredClone<T>(value: T, options?: { transfer?: readonly ArrayBuffer[] }): T
