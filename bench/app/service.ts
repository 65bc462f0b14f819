import { openRig } from '../../src/main/app/testing/rig.ts'
import { openWebServer } from '../../src/main/shells/web/server.ts'
import { clientOf } from './client.ts'
import { figure, repeated, type Figure } from './figures.ts'
import { fillCurves, fillTable, fillTrace } from './histories.ts'

const SCENE = 'Host alone, over the socket'
const TIMES = 15

/** What the pages ask, without a page. */
export async function measureService(home: string): Promise<Figure[]> {
  const rig = openRig(home)
  fillTable(rig)
  const curves = rig.lab.history.runs.list({ studies: [fillCurves(rig)] }).map(({ id }) => id)
  const runId = await fillTrace(rig)
  const server = await openWebServer({ root: '/nowhere', answer: rig.app.answer })
  try {
    const { runs, studies, curves: curvesOf, traces } = await clientOf(server.url)
    let seed = 0
    const asked = async (title: string, work: () => Promise<unknown>): Promise<Figure> =>
      figure(
        SCENE,
        title,
        await repeated(TIMES, async () => {
          const began = performance.now()
          await work()
          return performance.now() - began
        }),
        null,
      )
    return [
      await asked('10,000 runs: first 200 rows', () => runs.list({})),
      await asked('10,000 runs: filter and sort', () =>
        runs.list({ search: 'plan:frozen-memory task:marked-reversal retention>0.8', sort: [{ by: 'bestLoss' }] }),
      ),
      await asked('10,000 runs: sort by two columns', () =>
        runs.list({ sort: [{ by: 'study' }, { by: 'retention', descending: true }] }),
      ),
      await asked('10,000 runs: group by study', () => runs.list({ group: 'study', sort: [{ by: 'bestLoss' }] })),
      await asked('studies with their counts', () => studies.list()),
      await asked('curves of 100 runs × 10,000 points, 600 buckets', () =>
        curvesOf.get({ runs: curves, metric: 'loss', buckets: 600 }),
      ),
      await asked('trace of 1,001 steps × depth 64 × width 32, cells as lengths', () =>
        traces.get({ runId, string: { length: 1001, seed: seed++ }, depth: 64, cells: 'lengths' }),
      ),
      await asked('the same, all cells', () =>
        traces.get({ runId, string: { length: 1001, seed: seed++ }, depth: 64 }),
      ),
    ]
  } finally {
    await server.close()
    await rig.close()
  }
}
