import { stepSeconds } from '../analysis/estimate.ts'
import { limitsOf } from '../services/limits.ts'
import { failureOf } from './failure.ts'
import { outbox, type Outbox } from './outbox.ts'
import { BEAT_MS, type Failure, type FromWorker, type MeasureJob, type ToWorker, type TrainJob } from './protocol.ts'
import { doTrainJob } from './train-job.ts'

/** The worker's end of the line to the host. */
export interface HostPort {
  on(event: 'message', listener: (message: ToWorker) => void): unknown
  postMessage(message: FromWorker, transfer?: readonly ArrayBuffer[]): void
}

/** Does the jobs that come over the port, for as long as the thread lives. */
export function serveJobs(port: HostPort): void {
  let current: Outbox | null = null
  const train = async (job: TrainJob): Promise<void> => {
    current = outbox({ send: events => port.postMessage({ kind: 'events', events }, events.flatMap(event => event.kind === 'checkpoint' || event.kind === 'snapshot' ? ownBuffer(event.bytes) : [])) })
    const failure = await failureIn(doTrainJob(job, current))
    current.flush()
    current = null
    port.postMessage({ kind: 'ended', failure })
  }
  const measure = async ({ study, device }: MeasureJob): Promise<void> => {
    let seconds = NaN
    const failure = await failureIn(stepSeconds(study, device).then(found => { seconds = found }))
    port.postMessage({ kind: 'measured', seconds, failure })
  }
  setInterval(() => port.postMessage({ kind: 'beat' }), BEAT_MS)
  port.on('message', message => {
    if (message.kind === 'stored') current?.stored(message.events)
    else if (message.kind === 'limits') port.postMessage({ kind: 'limits', limits: limitsOf(message.study) })
    else if (message.kind === 'measure') void measure(message)
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
const ownBuffer = ({ buffer, byteLength }: Uint8Array): ArrayBuffer[] => buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
