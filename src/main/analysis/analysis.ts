import { LabError } from '../../shared/errors.ts'
import { connect } from '../../shared/rpc/connect.ts'
import type { ClientOf } from '../../shared/rpc/contract.ts'
import { analysisContract, type AnalysisContract } from './contract.ts'
import { portChannel } from './port-channel.ts'

/** What is used of a `Worker` of node:worker_threads that runs `worker.ts`. */
export interface AnalysisThread {
  postMessage(bytes: Uint8Array, transfer: readonly ArrayBuffer[]): void
  on(event: 'message', listen: (data: unknown) => void): unknown
  on(event: 'error', listen: (error: Error) => void): unknown
  on(event: 'exit', listen: () => void): unknown
  terminate(): Promise<unknown>
  unref(): void
}

export type StartAnalysis = () => AnalysisThread

export interface Analysis {
  /** For what answers at once: previews while someone types. */
  readonly quick: ClientOf<AnalysisContract>
  /** For what may take seconds. */
  readonly thorough: ClientOf<AnalysisContract>
  close(): Promise<void>
}

/** Two threads, each started when it is first asked, and again after it has crashed. What a crashed one was asked fails with `disconnected`. */
export function openAnalysis(start: StartAnalysis, onProblem: (error: unknown) => void): Analysis {
  const lanes = [lane(start, onProblem), lane(start, onProblem)] as const
  return {
    quick: lanes[0].client,
    thorough: lanes[1].client,
    async close() {
      await Promise.all(lanes.map(({ close }) => close()))
    },
  }
}

function lane(start: StartAnalysis, onProblem: (error: unknown) => void) {
  const { client, attach, connected } = connect(analysisContract, { onProblem })
  let thread: AnalysisThread | null = null
  let over = false

  function wake(): void {
    if (over) throw new LabError('closing', 'The app is closing.')
    if (connected()) return
    const started = start()
    thread = started
    started.unref()
    started.on('error', onProblem)
    attach(
      portChannel(started, listen => {
        started.on('exit', listen)
      }),
    )
  }
  return {
    client: woken(client, wake),
    async close() {
      over = true
      await thread?.terminate()
    },
  }
}

/** The same client, whose calls first see to it that the thread is there. */
function woken(client: ClientOf<AnalysisContract>, wake: () => void): ClientOf<AnalysisContract> {
  type Ask = (input: unknown, options?: object) => Promise<unknown>
  const groups = Object.entries(client).map(([group, calls]) => [
    group,
    Object.fromEntries(
      Object.entries(calls as Record<string, Ask>).map(([name, ask]) => [
        name,
        async (input: unknown, options?: object) => {
          wake()
          return ask(input, options)
        },
      ]),
    ),
  ])
  return Object.fromEntries(groups) as ClientOf<AnalysisContract>
}
