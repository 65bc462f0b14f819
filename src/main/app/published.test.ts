import { expect, it } from 'vitest'
import { parseStudy } from '../../shared/study.ts'
import { TINY, trained, withRig } from './testing/rig.ts'

const STUDY = {
  ...TINY, name: 'Small count-3', task: { id: 'count-3' }, model: { controller: { id: 'lstm', units: 20 }, memory: { id: 'superposition-stack', widths: [10] } },
  evaluation: { bins: [{ name: 'a', lengths: [3, 9], perLength: 4 }, { name: 'b', lengths: [9, 15], perLength: 4 }, { name: 'c', lengths: [15, 21], perLength: 4 }] },
}

it('puts what was trained beside the published figures, and says on what', () => withRig(async rig => {
  const study = await trained(rig, STUDY)
  rig.lab.history.studies.add(parseStudy({ ...STUDY, name: 'Two bins', evaluation: { bins: STUDY.evaluation.bins.slice(1) } }))
  const card = await rig.client.comparison.published()
  expect(card.protocols).toMatchObject([{ key: '3-9/3-9/9-15/15-21', asPublished: false, studies: 1 }])
  expect(card.coverage).toEqual({ measured: 0, onOtherLengths: 2, published: 126 })
  expect(card.studies).toMatchObject([{ studyId: study.id, runs: 4, planned: 4, plans: ['full', 'frozen-memory'], machines: [expect.stringMatching(/^wasm on ./)] }])
  expect(card.leftOut).toMatchObject([{ name: 'Two bins', reason: '2 test bins; the published study has 3' }])
  const comparison = await rig.client.comparison.get({ studyId: study.id })
  const { measured } = card.cells.find(({ task, model, plan }) => task === 'count-3' && model === 'jm-10' && plan === 'full')!
  expect(measured!.figures['accuracy-2']!.median).toBe(comparison.plans[0]!.bins.c!.accuracy!.median)
  const runs = rig.lab.history.runs.list({ studies: [study.id], plans: ['full'] })
  expect(measured!.figures['validation-perplexity']!.min).toBeCloseTo(Math.exp(Math.min(...runs.map(({ bestLoss }) => bestLoss!))), 12)

  const file = await rig.client.comparison.exportPublished({ format: 'markdown' })
  expect([file.name, new TextDecoder().decode(file.bytes)]).toEqual(['published-study.md', expect.stringContaining('count-3, jm-10')])
  await expect(rig.client.comparison.published({ protocol: 'x' })).rejects.toMatchObject({ code: 'bad-input' })

  await rig.client.studies.remove({ studyId: study.id })
  expect((await rig.client.comparison.published()).coverage).toEqual({ measured: 0, onOtherLengths: 0, published: 126 })
}), 60_000)
