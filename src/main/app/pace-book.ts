/** How fast runs train, for telling how long the others take. */
export interface PaceBook {
  /** Steps a second of a run that trains now. */
  heard(runId: string, studyId: string, stepsPerSecond: number): void
  ended(runId: string): void
  /** Of this run, of another one of its study, or of any; null while nothing is known. */
  stepsPerSecond(runId: string, studyId: string): number | null
}

/** Weight of the newest figure. */
const NEW = 0.2

export function paceBook(): PaceBook {
  const ofRun = new Map<string, number>()
  const ofStudy = new Map<string, number>()
  let any: number | null = null
  const blend = (before: number | undefined | null, now: number): number =>
    before === undefined || before === null ? now : before + NEW * (now - before)
  return {
    heard(runId, studyId, stepsPerSecond) {
      if (!(stepsPerSecond > 0) || !Number.isFinite(stepsPerSecond)) return
      ofRun.set(runId, blend(ofRun.get(runId), stepsPerSecond))
      ofStudy.set(studyId, blend(ofStudy.get(studyId), stepsPerSecond))
      any = blend(any, stepsPerSecond)
    },
    ended(runId) {
      ofRun.delete(runId)
    },
    stepsPerSecond: (runId, studyId) => ofRun.get(runId) ?? ofStudy.get(studyId) ?? any,
  }
}
