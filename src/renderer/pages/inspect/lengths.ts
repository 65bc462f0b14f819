/** Lengths on a slider: equal distances are equal factors, so that 1× to 16× of training have room. Places from 0 to 1000. */

export const lengthAt = (place: number, most: number): number =>
  Math.round(Math.exp((place / 1000) * Math.log(most + 1)) - 1)
export const placeOf = (length: number, most: number): number =>
  Math.round((1000 * Math.log(Math.min(length, most) + 1)) / Math.log(most + 1))
