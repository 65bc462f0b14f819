import type { LabService } from '../../shared/contract/index.ts'
import { InputError, LabError } from '../../shared/errors.ts'
import type { RunSummary } from '../../shared/records.ts'
import { ContractError } from '../../shared/rpc/errors.ts'

/** As the history and the command line name runs: study, plan and seed, by their ids. */
const RUN = /\brun ([0-9a-z]{8}\.\S+?\.\d+)(?![\w.]*\w)/gi

/** “Copying”, Full training, seed 1. */
export const nameOfRun = ({ studyName, planTitle, seed }: RunSummary): string =>
  `“${studyName}”, ${planTitle}, seed ${seed}`

type Handler = (...given: unknown[]) => unknown

/** The same service, whose errors name runs as the pages do. @param nameOf null for a run that is not there */
export function namingRuns(service: LabService, nameOf: (id: string) => string | null): LabService {
  const named = (error: unknown): unknown => {
    if (!(error instanceof LabError) || error instanceof InputError || error instanceof ContractError) return error
    const message = error.message.replace(RUN, (words, id: string) => {
      const name = nameOf(id)
      return name === null ? words : `${name},`
    })
    return message === error.message ? error : new LabError(error.code, message, { about: error.about, cause: error })
  }
  const telling =
    (handler: Handler): Handler =>
    (...given) => {
      try {
        const answer = handler(...given)
        return answer instanceof Promise
          ? answer.catch((error: unknown) => {
              throw named(error)
            })
          : answer
      } catch (error) {
        throw named(error)
      }
    }
  return Object.fromEntries(
    Object.entries(service).map(([group, members]) => [
      group,
      Object.fromEntries(
        Object.entries(members as Record<string, Handler>).map(([member, handler]) => [member, telling(handler)]),
      ),
    ]),
  ) as unknown as LabService
}
