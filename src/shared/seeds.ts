/** The most seeds of a study that are written as ranges. */
export const MOST_SEEDS = 10_000
const LARGEST = 0xffff_ffff

/** Seeds as a person writes them, `1, 2, 5` or `1-10`, or why they are none. */
export function readSeeds(
  text: string,
): { seeds: number[]; problem?: undefined } | { seeds?: undefined; problem: string } {
  const parts = text.split(/[\s,;]+(?![-–…])/).filter(part => part !== '')
  if (parts.length === 0) return { problem: 'needs at least one seed, such as 1-5' }
  const seeds: number[] = []
  for (const part of parts) {
    const range = /^(\d+)(?:\s*[-–…]\s*(\d+))?$/.exec(part)
    if (!range) return { problem: `“${part.slice(0, 40)}” is no seed: whole numbers and ranges, such as 1-5, 9` }
    const [low, high] = [Number(range[1]), Number(range[2] ?? range[1])]
    if (high < low) return { problem: `“${part}” runs backwards: ${high}-${low} is a range` }
    if (high > LARGEST) return { problem: `${high} is too large for a seed: at most ${LARGEST}` }
    if (seeds.length + high - low >= MOST_SEEDS)
      return { problem: `${seeds.length + high - low + 1} seeds are too many: at most ${MOST_SEEDS}` }
    for (let seed = low; seed <= high; seed++) seeds.push(seed)
  }
  return { seeds }
}
