/** How fast runs train, for telling how long the others take. */
export interface PaceBook {
  /** Steps a second of a run that trains now. */
  heard(runId: string, studyId: string, stepsPerSecond: number): void
  ended(runId: string): void
  /** Of this run, or of others of its study; null while too little is known. Runs of another study do other work: their speed says nothing. */
  stepsPerSecond(runId: string, studyId: string): number | null
}

/** Figures that are looked at, the newest; their median, so that one stall does not count. */
const LOOKED_AT = 15
/** Fewer say nothing yet. */
const ENOUGH = 5
/** What a run tells in its first moments is left out: its first steps wait for data and compiling. */
const WARM_UP_MS = 2_000

/** @param now milliseconds that never run backwards */
export function paceBook(now = () => performance.now()): PaceBook {
  const ofRun = new Map<string, number[]>()
  const ofStudy = new Map<string, number[]>()
  const begun = new Map<string, number>()
  const add = (figures: Map<string, number[]>, key: string, figure: number): void => {
    figures.set(key, [...(figures.get(key) ?? []).slice(1 - LOOKED_AT), figure])
  }
  return {
    heard(runId, studyId, stepsPerSecond) {
      if (!(stepsPerSecond > 0) || !Number.isFinite(stepsPerSecond)) return
      if (!begun.has(runId)) begun.set(runId, now())
      if (now() - begun.get(runId)! < WARM_UP_MS) return
      add(ofRun, runId, stepsPerSecond)
      add(ofStudy, studyId, stepsPerSecond)
    },
    ended(runId) {
      ofRun.delete(runId)
      begun.delete(runId)
    },
    stepsPerSecond: (runId, studyId) => middle(ofRun.get(runId)) ?? middle(ofStudy.get(studyId)),
  }
}

function middle(figures: readonly number[] = []): number | null {
  if (figures.length < ENOUGH) return null
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}
