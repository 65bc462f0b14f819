/**
 * Puts the value that would stand at `rank` after sorting in ascending order there, none greater before it and none less behind it: Hoare's
 * selection, which leaves the rest unsorted.
 */
export function placeRank(values: Float64Array, rank: number): void {
  let left = 0
  let right = values.length - 1
  while (left < right) {
    const pivot = values[rank]!
    let i = left
    let j = right
    do {
      while (values[i]! < pivot) i++
      while (pivot < values[j]!) j--
      if (i <= j) {
        const value = values[i]!
        values[i++] = values[j]!
        values[j--] = value
      }
    } while (i <= j)
    if (j < rank) left = i
    if (rank < i) right = j
  }
}
