/** A loss beyond this many times that of knowing nothing is no bad result but a run that fell apart. */
const BEYOND = 1.5

/** Nats a symbol of the head's useless predictor, which gives each of its classes the same chance. */
export const uselessLoss = (classes: number): number => Math.log(classes)

/** Whether a loss, in nats a symbol, is that of a run that diverged: not finite, or over 1.5 times the useless predictor's. */
export const isDivergedLoss = (loss: number, classes: number): boolean =>
  !Number.isFinite(loss) || loss > BEYOND * uselessLoss(classes)

/**
 * Whether a run diverged: its training says so, or the loss that it ended with does.
 * @param loss final, in nats a symbol; null where none was measured yet
 * @param classes that its head tells apart; null where that is not known
 */
export const isDiverged = (status: string, loss: number | null, classes: number | null): boolean =>
  status === 'diverged' ||
  (loss !== null && (classes === null ? !Number.isFinite(loss) : isDivergedLoss(loss, classes)))
