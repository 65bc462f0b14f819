/** How fast runs train, for telling how long the others take. */
export interface PaceBook {
  /** Steps a second of a run that trains now. */
  heard(runId: string, studyId: string, stepsPerSecond: number): void
  ended(runId: string): void
  /** Of this run, or of others of its study; null while too little is known. Runs of another study do other work: their speed says nothing. */
  stepsPerSecond(runId: string, studyId: string): number | null
}

/** Figures that are looked at, the newest; their median, so that the slow first steps of a run and one stall do not count. */
const LOOKED_AT = 15
/** Fewer say nothing yet: a run's first steps wait for data and compiling. */
const ENOUGH = 5

export function paceBook(): PaceBook {
  const ofRun = new Map<string, number[]>()
  const ofStudy = new Map<string, number[]>()
  const add = (figures: Map<string, number[]>, key: string, figure: number): void => {
    figures.set(key, [...(figures.get(key) ?? []).slice(1 - LOOKED_AT), figure])
  }
  return {
    heard(runId, studyId, stepsPerSecond) {
      if (!(stepsPerSecond > 0) || !Number.isFinite(stepsPerSecond)) return
      add(ofRun, runId, stepsPerSecond)
      add(ofStudy, studyId, stepsPerSecond)
    },
    ended(runId) {
      ofRun.delete(runId)
    },
    stepsPerSecond: (runId, studyId) => middle(ofRun.get(runId)) ?? middle(ofStudy.get(studyId)),
  }
}

function middle(figures: readonly number[] = []): number | null {
  if (figures.length < ENOUGH) return null
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}
