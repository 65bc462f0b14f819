import { describe, expect, it } from 'vitest'
import { buildModel } from '../src/engine/model.ts'
import { memories } from '../src/engine/memories/index.ts'
import { tasks } from '../src/engine/tasks/index.ts'
import { identify, writeSnapshot } from '../src/engine/train/checkpoint.ts'
import { initialWeights } from '../src/engine/train/initialise.ts'
import { sha256 } from '../src/engine/train/sha256.ts'
import type { Trained } from '../src/main/analysis/executors.ts'
import { languageFor, lengthsOf } from '../src/main/analysis/languages.ts'
import { automatonRun, idealFor } from '../src/main/analysis/stacks.ts'
import { optimalOf, traceOf } from '../src/main/analysis/trace.ts'
import { textWidth } from '../src/figures/text-width.ts'
import { alphabetOf } from '../src/main/services/languages.ts'
import { boardOf } from '../src/renderer/pages/inspect/board.ts'
import type { BoardLane, Shown } from '../src/renderer/pages/inspect/drawings.ts'
import { BESIDE, laneBoxes, type Box, type LaneBoxes } from '../src/renderer/pages/inspect/lane-boxes.ts'
import { errors, isText, meanCost } from '../src/renderer/pages/inspect/trace-view.ts'
import { parseStudy } from '../src/shared/study.ts'

/** A model with its first weights: what it does is nonsense, but everything that it traces is there. */
function untrained(task: object, memory: object): Trained {
  const study = parseStudy({
    name: 'Lanes',
    task,
    model: { controller: { id: 'lstm', units: 3 }, memory },
    plans: ['full'],
    seeds: 1,
  })
  const language = languageFor(study.task)
  const { parameters } = buildModel(study.model, alphabetOf(language))
  const { corpus } = language
  const identity = identify({ study, plan: study.plans[0]!, seed: 1, ...(corpus ? { corpus } : {}) }, parameters)
  const checkpoint = writeSnapshot(identity, initialWeights(parameters, 1), 1)
  return { study, checkpoint, sha256: sha256([checkpoint]) }
}

async function shown(task: object, memory: object): Promise<Shown> {
  const trained = untrained(task, memory)
  const language = languageFor(trained.study.task)
  const string = { length: lengthsOf(language, [5, 30])[0]!, seed: 0 }
  const trace = { runId: 'r', weights: 'last' as const, epoch: 0, ...(await traceOf(trained, string, 64)) }
  const optimal = optimalOf(trained.study, string)
  return {
    trace,
    other: trace,
    optimal,
    ideal: idealFor(trained.study, string, 64).ideal,
    run: trace.stack?.kind === 'automaton' ? await automatonRun(trained, string) : null,
    wrong: errors(trace, optimal),
    show: 'first',
    tint: 0,
    theme: 'light',
  }
}

const boxesOf = (boxes: LaneBoxes): Box[] => [
  ...[...boxes.title, ...boxes.legend, ...boxes.rows].map(({ box }) => box),
  ...[boxes.note?.box, boxes.scale, boxes.tool].flatMap(box => box ?? []),
]
const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width - 1e-6 && b.x < a.x + a.width - 1e-6 && a.y < b.y + b.height - 1e-6 && b.y < a.y + a.height - 1e-6

/** Names of the rows that are drawn, each as high as the others; of a run, of the one row below it. */
function rowsDrawn({ shape, drawing }: BoardLane): { name: string; middle: number; height: number }[] {
  const even = (names: readonly string[]) =>
    names.map((name, i) => ({
      name,
      middle: ((i + 0.5) * shape.height) / names.length,
      height: shape.height / names.length,
    }))
  if (drawing.kind === 'heat') return even(drawing.names)
  if (drawing.kind === 'tensor' && drawing.lane.kind === 'units') return even(drawing.lane.tensor.labels ?? [])
  if (drawing.kind === 'likeliest') return even(Array.from({ length: drawing.rows }, (_, i) => `${i + 1}`))
  return []
}

function check(lane: BoardLane): void {
  const boxes = laneBoxes(lane.shape)
  const where = lane.shape.title
  const all = boxesOf(boxes)
  for (const { x, y, width, height } of all) {
    expect(x, where).toBeGreaterThanOrEqual(0)
    expect(y, where).toBeGreaterThanOrEqual(-1)
    expect(x + width, where).toBeLessThanOrEqual(BESIDE)
    expect(y + height, where).toBeLessThanOrEqual(boxes.height + 1e-6)
  }
  all.forEach((box, i) => {
    for (const other of all.slice(i + 1))
      expect(overlap(box, other), `${where}: ${JSON.stringify([box, other])}`).toBe(false)
  })
  expect(boxes.height, where).toBeGreaterThanOrEqual(lane.shape.height)
  for (const { text, box } of boxes.title) expect(textWidth(text, 12), text).toBeLessThanOrEqual(box.width)
  for (const { name, box } of boxes.legend) expect(14 + textWidth(name, 11), name).toBeLessThanOrEqual(box.width)
  for (const { name, box } of boxes.rows) expect(textWidth(name, 10), name).toBeLessThanOrEqual(box.width)
  if (boxes.note) expect(textWidth(boxes.note.text, 11), where).toBeLessThanOrEqual(boxes.note.box.width)
  if (boxes.scale) {
    const { width, height } = boxes.scale
    const [colours, meaning] = [34 + 5, textWidth('0 … 0.33', 11)]
    expect(width, where).toBeGreaterThanOrEqual(height < 28 ? colours + meaning : meaning)
  }
  for (const { name, box, top, bottom } of boxes.rows) {
    const middle = box.y + box.height / 2
    expect(Math.abs(middle - (top + bottom) / 2), `${where}, ${name}`).toBeLessThan(1)
    const covered = rowsDrawn(lane).filter(row => row.middle > top && row.middle < bottom)
    for (const row of covered) expect(row.name.startsWith(name), `${where}: ${name} beside ${row.name}`).toBe(true)
    if (lane.drawing.kind !== 'run') {
      expect(covered.length, `${where}, ${name}`).toBeGreaterThan(0)
      expect(Math.abs(covered.at(0)!.middle - covered[0]!.height / 2 - top), `${where}, ${name}`).toBeLessThan(1)
    }
  }
  const { rows, legend, scale } = boxes
  // Symbols are written into their cells.
  const explained = rows.length > 0 || legend.length > 0 || scale !== null || lane.drawing.kind === 'symbols'
  expect(explained, where).toBe(true)
  if (rowsDrawn(lane).length > 0) expect(rows.length, where).toBeGreaterThan(0)
}

const LARGE = [
  { id: 'nondeterministic-stack', states: 3, alphabet: 3 },
  { id: 'nondeterministic-stack', states: 8, alphabet: 6 },
  { id: 'superposition-stack', widths: [3, 5] },
]
const choices = [
  ...Object.entries(memories).flatMap(([id, { examples }]) => [{ id }, ...examples.map(more => ({ id, ...more }))]),
  ...LARGE,
]

describe('what stands beside the lanes', () => {
  it.each(choices.map(memory => [JSON.stringify(memory), memory] as const))(
    'stands beside what it names, for %s',
    async (_, memory) => {
      const now = await shown({ id: 'unmarked-reversal' }, memory)
      const lanes = boardOf(now)
      for (const lane of lanes) check(lane)
      const has = (title: string): BoardLane | undefined => lanes.find(({ shape }) => shape.title === title)
      if (now.trace.stack?.kind === 'automaton') {
        expect(has('Likeliest run')!.shape.rows).toMatchObject([{ name: 'state' }])
        for (const title of ['Push weights', 'Replace weights', 'Pop weights'])
          expect(has(title)!.shape.rows!.length).toBeGreaterThan(0)
      }
      if (now.trace.stack?.kind === 'strengths')
        expect(has('Push, Pop')!.shape.legend!.map(({ name }) => name)).toEqual(['push', 'pop'])
    },
  )

  it.each(
    Object.entries(tasks)
      .filter(([id, { reads }]) => reads !== 'text' || id === 'text')
      .map(([id]) => id),
  )('stands beside what it names, on %s', async task => {
    for (const lane of boardOf(await shown({ id: task }, { id: 'superposition-stack', widths: [2], depth: 5 })))
      check(lane)
  })

  it('is of a text the likeliest words and how surprising the next one is, and never an error', async () => {
    const now = await shown({ id: 'text', path: 'opticks' }, { id: 'superposition-stack', widths: [2], depth: 5 })
    expect([isText(now.trace), now.wrong, Number.isFinite(meanCost(now.trace)!)]).toEqual([true, [], true])
    const lanes = boardOf(now)
    const titles = lanes.map(({ shape }) => shape.title)
    expect(titles.slice(0, 4)).toEqual(['Input', 'Next word', 'Prediction', 'Second run'])
    expect(titles).toContain('Model, likeliest')
    expect(lanes.every(({ shape }) => (shape.rows ?? []).length <= 16)).toBe(true)
    expect(lanes.some(({ drawing }) => drawing.kind === 'symbols' && drawing.wrong !== undefined)).toBe(false)
    const next = lanes[1]!.drawing
    if (next.kind !== 'symbols') throw new Error('no symbols')
    expect([next.costs, next.at(now.trace.symbols.length)]).toEqual([now.trace.nats, null])
  })
})
