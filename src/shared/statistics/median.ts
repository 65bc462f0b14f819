import { quantile } from './quantile.ts'

/** The middle value, or the mean of the two in the middle. Stands as long as fewer than half of the runs diverge. */
export const median = (values: readonly number[]): number => quantile(values, 0.5)
