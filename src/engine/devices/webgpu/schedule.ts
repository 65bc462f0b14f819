import type { Piece } from './kernels.ts'

const BARRIER = 'workgroupBarrier();\nstorageBarrier();'

/** Orders kernels so that as many as possible run between two barriers; each sees what it would see if they ran one after the other. */
export function schedule(pieces: readonly Piece[]): string {
  const levels: number[] = []
  pieces.forEach((piece, k) => {
    levels.push(Math.max(0, ...pieces.slice(0, k).map((earlier, j) => (conflict(earlier, piece) ? levels[j]! + 1 : 0))))
  })
  const stages = Array.from({ length: Math.max(-1, ...levels) + 1 }, (_, level) =>
    pieces
      .filter((_, k) => levels[k] === level)
      .map(({ code }) => code)
      .join('\n'),
  )
  return stages.map(stage => `${stage}\n${BARRIER}`).join('\n')
}

function conflict(a: Piece, b: Piece): boolean {
  return (
    a.writes.some(({ region }) => b.reads.has(region)) ||
    b.writes.some(({ region }) => a.reads.has(region)) ||
    a.writes.some(one =>
      b.writes.some(other => one.region === other.region && one.from < other.to && other.from < one.to),
    )
  )
}
