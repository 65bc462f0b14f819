import { LabError } from '../../shared/errors.ts'
import { limitsOf } from '../services/limits.ts'
import { outbox, type Outbox } from './outbox.ts'
import { BEAT_MS, type Failure, type FromWorker, type ToWorker, type TrainJob } from './protocol.ts'
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
    current = outbox({ send: events => port.postMessage({ kind: 'events', events }, events.flatMap(event => event.kind === 'checkpoint' ? ownBuffer(event.bytes) : [])) })
    const failure = await failureOf(doTrainJob(job, current))
    current.flush()
    current = null
    port.postMessage({ kind: 'ended', failure })
  }
  setInterval(() => port.postMessage({ kind: 'beat' }), BEAT_MS)
  port.on('message', message => {
    if (message.kind === 'stored') current?.stored(message.events)
    else if (message.kind === 'limits') port.postMessage({ kind: 'limits', limits: limitsOf(message.study) })
    else void train(message)
  })
}

async function failureOf(work: Promise<void>): Promise<Failure | null> {
  try {
    await work
    return null
  } catch (error) {
    if (error instanceof LabError) return { code: error.code, message: error.message }
    return { code: 'unexpected', message: error instanceof Error ? error.message : String(error) }
  }
}

/** The bytes' buffer, where it holds nothing else. */
const ownBuffer = ({ buffer, byteLength }: Uint8Array): ArrayBuffer[] => buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
