import { found } from '../services/found.ts'
import type { Study } from '../../shared/records.ts'
import type { StudySpec } from '../../shared/study.ts'

/** What a study's language says of its runs. */
export interface Facts {
  /** Steps of a run, as planned. */
  readonly steps: number
  /** What the head tells apart: the symbols, and the end of a string. */
  readonly classes: number
}

export interface StudyFactsOptions {
  readonly study: (id: string) => Study
  /** Worked out elsewhere, since a text has to be read for it. */
  readonly measure: (study: StudySpec) => Promise<{ readonly stepsPerEpoch: number; readonly classes: number }>
  /** Told when something has become known. */
  readonly onKnown: () => void
}

/** Facts of studies, each worked out once. */
export class StudyFacts {
  readonly #options: StudyFactsOptions
  readonly #known = new Map<string, Facts | null>()

  constructor(options: StudyFactsOptions) {
    this.#options = options
  }

  /** null while they are being worked out, and where they cannot be: a text that is not there, a task that this version does not know. */
  of(studyId: string): Facts | null {
    const known = this.#known.get(studyId)
    if (known === undefined) this.#workOut(studyId)
    return known ?? null
  }

  #workOut(studyId: string): void {
    const { study: lookUp, measure, onKnown } = this.#options
    this.#known.set(studyId, null)
    const study = found(() => lookUp(studyId))
    if (study === null) return
    const { spec } = study
    measure(spec).then(
      ({ stepsPerEpoch, classes }) => {
        this.#known.set(studyId, { steps: stepsPerEpoch * spec.training.epochs, classes })
        onKnown()
      },
      () => {
        /* The run itself will say why. */
      },
    )
  }
}
