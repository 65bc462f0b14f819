import { rmSync } from 'node:fs'
import { WebSocket } from 'ws'
import type { LabClient } from '../src/shared/contract/index.ts'
import { contract } from '../src/shared/contract/index.ts'
import type { RunEvent } from '../src/shared/run-events.ts'
import { connect } from '../src/shared/rpc/connect.ts'
import { parseStudy } from '../src/shared/study.ts'
import { chance } from '../src/engine/chance.ts'
import { freshHome, openRig, TINY, trained, type Rig } from '../src/main/app/testing/rig.ts'
import { ENVIRONMENT } from '../src/main/history/testing/events.ts'
import { openWebServer } from '../src/main/shells/web/server.ts'

/**
 * What the interface has to wait for: the run table over 10,000 runs, curves of 100 runs, and a trace of 1,000 steps, each asked as a page
 * asks, in-process and over the loopback socket. Prints medians and slowest of 15, in milliseconds, beside their goals.
 */

const TIMES = 15
const source = chance(1)

function runEvents(): RunEvent[] {
  const bins = [['40-100', 40], ['40-100', 41], ['100-200', 101], ['200-400', 201]] as const
  return [
    { kind: 'start', epoch: 0, learningRate: 0.001 * (1 + source.integer(9)), parameters: [{ name: 'memory.a.b', component: 'memory', shape: [2, 3] }], stepsPerEpoch: 1000, epochs: 1, resumed: false },
    { kind: 'epoch', epoch: 0, step: 1000, learningRate: 0.001, trainLoss: source.uniform(), validation: { strings: 10, symbols: 100, nats: 50 * source.uniform(), correct: 70, boundNats: 20 }, best: true, frozen: [], hashes: {}, frozenHash: null, frozenIntact: true, gradientNorm: {}, updateNorm: {}, stepsPerSecond: 100 },
    { kind: 'evaluation', which: 'best', scores: bins.map(([bin, length]) => ({ bin, length, strings: 10, symbols: 10 * (length + 1), nats: 3 * length, correct: 8 * length + source.integer(100), boundNats: 2 * length })) },
    { kind: 'done', reason: 'finished', epochs: 1, bestEpoch: 0 },
  ]
}

function points(count: number): RunEvent[] {
  return Array.from({ length: count }, (_, i) => ({ kind: 'progress', epoch: 0, step: i + 1, stepsPerEpoch: count, loss: 1 / (i + 1) + 0.01 * source.uniform(), gradientNorm: { memory: source.uniform() }, stepsPerSecond: 100 }))
}

/** 50 studies of 200 runs; the runs of the first one's plan have 10,000 points each. */
function fill({ lab: { history } }: Rig): string[] {
  const tasks = ['marked-reversal', 'marked-copy', 'count-3', 'padded-reversal']
  const long: string[] = []
  for (let i = 0; i < 50; i++) {
    const study = history.studies.add(parseStudy({ name: `Study ${i}`, task: { id: tasks[i % 4] }, seeds: 50 }))
    const runs = history.runs.list({ studies: [study.id] })
    for (const run of runs) history.runs.claim(run.id, { environment: ENVIRONMENT })
    for (const run of runs) {
      const [start, ...rest] = runEvents()
      const withPoints = long.length < 100
      if (withPoints) long.push(run.id)
      history.recordAll([start!, ...withPoints ? points(10_000) : [], ...rest].map(event => ({ runId: run.id, event })))
    }
  }
  return long
}

async function overSocket(rig: Rig): Promise<{ client: LabClient, close: () => Promise<void> }> {
  const server = await openWebServer({ root: '/nowhere', answer: rig.app.answer })
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/lab`, ['permafrost.1', `token.${server.url.split('=')[1]}`], { origin: `http://127.0.0.1:${server.port}` })
  await new Promise(resolve => socket.on('open', resolve))
  const { client, attach } = connect(contract)
  attach({ send: bytes => socket.send(bytes), onMessage: listen => { socket.on('message', data => listen(data as Buffer)) }, onClose: listen => { socket.on('close', listen) }, close: () => socket.close() })
  return { client, close: () => server.close() }
}

async function measure(name: string, goal: number | null, work: () => Promise<unknown>): Promise<void> {
  await work()
  const times: number[] = []
  for (let i = 0; i < TIMES; i++) {
    const began = performance.now()
    await work()
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  const text = (value: number): string => value.toFixed(1).padStart(9)
  console.log(`${name.padEnd(52)}${text(times[TIMES >> 1]!)}${text(times.at(-1)!)}${goal === null ? '' : text(goal)}`)
}

const home = freshHome()
const rig = openRig(home)
const curves = fill(rig)
console.log(`${'milliseconds'.padEnd(52)}   median  slowest     goal`)
for (const [wire, client] of [['in-process', rig.client], ['socket', null]] as const) {
  const opened = client ? { client, close: async () => {} } : await overSocket(rig)
  const { runs, studies } = opened.client
  await measure(`10,000 runs: first 200 rows, ${wire}`, 50, () => runs.list({}))
  await measure(`10,000 runs: filter and sort, ${wire}`, 50, () => runs.list({ search: 'plan:frozen-memory task:marked-reversal retention>0.8', sort: [{ by: 'bestLoss' }] }))
  await measure(`10,000 runs: sort by two columns, ${wire}`, 50, () => runs.list({ sort: [{ by: 'study' }, { by: 'retention', descending: true }] }))
  await measure(`10,000 runs: group by study, ${wire}`, 50, () => runs.list({ group: 'study', sort: [{ by: 'bestLoss' }] }))
  await measure(`50 studies with their counts, ${wire}`, 50, () => studies.list())
  await measure(`curves of 100 runs × 10,000 points, 600 buckets, ${wire}`, 500, () => opened.client.curves.get({ runs: curves, metric: 'loss', buckets: 600 }))
  await opened.close()
}
const wide = { ...TINY, name: 'Wide', model: { controller: { id: 'lstm', units: 20 }, memory: { id: 'superposition-stack', widths: [32] } }, plans: ['full'], seeds: [1], training: { batch: 10, epochs: 1 } }
const { id } = await trained(rig, wide)
for (const [wire, client] of [['in-process', rig.client], ['socket', null]] as const) {
  const opened = client ? { client, close: async () => {} } : await overSocket(rig)
  await measure(`trace of 1,001 steps × depth 64 × width 32, ${wire}`, 100, () => opened.client.traces.get({ runId: `${id}.full.1`, string: { length: 1001 }, depth: 64 }))
  await opened.close()
}
await rig.close()
rmSync(home, { recursive: true })
