import { estimate, stepTime, type Estimated } from '../analysis/estimate.ts'
import { findDevice } from '../devices/index.ts'
import { limitsOf } from '../services/limits.ts'
import { Cohorts } from './cohorts.ts'
import { failureOf } from './failure.ts'
import { outbox, type Outbox } from './outbox.ts'
import {
  BEAT_MS,
  type EstimateJob,
  type Failure,
  type FromWorker,
  type Measured,
  type MeasureJob,
  type ToWorker,
  type TrainJob,
} from './protocol.ts'
import { doTrainJob } from './train-job.ts'

/** The worker's end of the line to the host. */
export interface HostPort {
  on(event: 'message', listener: (message: ToWorker) => void): unknown
  postMessage(message: FromWorker, transfer?: readonly ArrayBuffer[]): void
}

/** Does the jobs that come over the port, for as long as the thread lives. */
export function serveJobs(port: HostPort, find: typeof findDevice = findDevice): void {
  const outboxes = new Map<string, Outbox>()
  const cohorts = new Cohorts()
  const train = async (job: TrainJob): Promise<void> => {
    const { runId } = job
    const own = outbox({
      send: events =>
        port.postMessage(
          { kind: 'events', runId, events },
          events.flatMap(event =>
            event.kind === 'checkpoint' || event.kind === 'snapshot' ? ownBuffer(event.bytes) : [],
          ),
        ),
    })
    outboxes.set(runId, own)
    const failure = await failureIn(
      doTrainJob(job, { ...own, onRoom: runs => port.postMessage({ kind: 'room', runId, runs }) }, cohorts, find),
    )
    own.flush()
    outboxes.delete(runId)
    port.postMessage({ kind: 'ended', runId, failure })
  }
  const measure = async ({ study, device, together, enough }: MeasureJob): Promise<void> => {
    let measured: Measured | null = null
    const failure = await failureIn(
      stepTime(study, { device: find(device), together, enough }).then(found => {
        measured = found
      }),
    )
    port.postMessage({ kind: 'measured', measured, failure })
  }
  const tellTime = async ({ input }: EstimateJob): Promise<void> => {
    let estimated: Estimated | null = null
    // It is given up by ending the thread.
    const failure = await failureIn(
      estimate(input, { signal: new AbortController().signal, isolated: true }).then(found => {
        estimated = found
      }),
    )
    port.postMessage({ kind: 'estimated', estimated, failure })
  }
  setInterval(() => port.postMessage({ kind: 'beat' }), BEAT_MS)
  port.on('message', message => {
    if (message.kind === 'stored') outboxes.get(message.runId)?.stored(message.events)
    else if (message.kind === 'limits')
      port.postMessage({ kind: 'limits', limits: limitsOf(message.study, message.bins) })
    else if (message.kind === 'measure') void measure(message)
    else if (message.kind === 'estimate') void tellTime(message)
    else if (message.kind === 'train') void train(message)
  })
}

async function failureIn(work: Promise<void>): Promise<Failure | null> {
  try {
    await work
    return null
  } catch (error) {
    return failureOf(error)
  }
}

/** The bytes' buffer, where it holds nothing else. */
const ownBuffer = ({ buffer, byteLength }: Uint8Array): ArrayBuffer[] =>
  buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
