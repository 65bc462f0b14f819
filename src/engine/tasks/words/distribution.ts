/** `row` divided by its sum; a row of zeros as it is. */
export function normalised(row: Float64Array): Float64Array {
  const total = row.reduce((sum, value) => sum + value, 0)
  return total > 0 ? row.map(value => value / total) : row
}
