/** What runs are measured by: how each is called, written and read, wherever it is shown. */

/** All but retention belong to a bin; retention spans the first and the last. */
export type Measure = 'cross-entropy-difference' | 'cross-entropy' | 'perplexity' | 'accuracy' | 'skill' | 'retention'

/** What stands for the trivial or the optimal predictor: of a bin, a number, or nothing. */
export type MeasureLimit = 'floorAccuracy' | 'ceilingAccuracy' | 'floorPerplexity' | 'boundPerplexity' | number | null

export interface MeasureInfo {
  readonly title: string
  /** Over a column. */
  readonly short: string
  readonly unit: string
  readonly better: 'lower' | 'higher'
  /** `share`: between 0 and 1, shown as percent where there is one. */
  readonly format: 'share' | 'plain'
  /** After the point, where figures stand in a column. */
  readonly digits: number
  readonly floor: MeasureLimit
  readonly ceiling: MeasureLimit
  /** `sums`: a set's figure follows from the sums of its parts; `ratio`: from the figures of its ends. */
  readonly pools: 'sums' | 'ratio'
  readonly doc: string
}

export const MEASURES: Readonly<Record<Measure, MeasureInfo>> = {
  'cross-entropy-difference': {
    title: 'cross-entropy difference',
    short: 'Above bound',
    unit: 'nats per symbol',
    better: 'lower',
    format: 'plain',
    digits: 4,
    floor: null,
    ceiling: 0,
    pools: 'sums',
    doc: 'ln perplexity less that of the exact distribution, pooled over the bin; 0 is perfect',
  },
  'cross-entropy': {
    title: 'cross-entropy',
    short: 'Loss',
    unit: 'nats per symbol',
    better: 'lower',
    format: 'plain',
    digits: 4,
    floor: null,
    ceiling: null,
    pools: 'sums',
    doc: 'negative log-likelihood, pooled over the bin',
  },
  perplexity: {
    title: 'perplexity',
    short: 'Perplexity',
    unit: '',
    better: 'lower',
    format: 'plain',
    digits: 3,
    floor: 'floorPerplexity',
    ceiling: 'boundPerplexity',
    pools: 'sums',
    doc: 'exp(total nats / total symbols) of the bin',
  },
  accuracy: {
    title: 'accuracy',
    short: 'Accuracy',
    unit: '',
    better: 'higher',
    format: 'share',
    digits: 3,
    floor: 'floorAccuracy',
    ceiling: 'ceilingAccuracy',
    pools: 'sums',
    doc: 'share of symbols, end of sequence included, whose most likely prediction is right',
  },
  skill: {
    title: 'skill',
    short: 'Skill',
    unit: '',
    better: 'higher',
    format: 'plain',
    digits: 3,
    floor: 0,
    ceiling: 1,
    pools: 'ratio',
    doc: '(accuracy - floor) / (ceiling - floor), 0 where negative: 0 is the trivial predictor, 1 the optimal one',
  },
  retention: {
    title: 'retention',
    short: 'Retention',
    unit: '',
    better: 'higher',
    format: 'plain',
    digits: 3,
    floor: null,
    ceiling: null,
    pools: 'ratio',
    doc: 'accuracy in the last bin / accuracy in the first',
  },
}
