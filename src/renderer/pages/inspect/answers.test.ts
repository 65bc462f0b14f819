import { flushPromises } from '@vue/test-utils'
import { effectScope, nextTick, shallowRef } from 'vue'
import { describe, expect, it } from 'vitest'
import type { Trace } from '../../../shared/contract/index.ts'
import { useLoad } from '../../composables/load.ts'
import { sampleTrace } from '../../testing/sample-trace.ts'
import { about, beside, together, type About } from './answers.ts'

const loaded = <T>(first?: T) => ({
  data: shallowRef<T | undefined>(first),
  error: shallowRef<Error>(),
  loading: shallowRef(false),
  reload: () => {},
})
const question = (runId: string, seed: number, weights?: 'best') => ({
  runId,
  ...(weights ? { weights } : {}),
  string: { length: 3, seed },
})
const traced = (runId: string, seed: number): About<Trace> =>
  about(question(runId, seed, 'best'), { ...sampleTrace(), runId })

describe('an answer beside a trace', () => {
  const trace = loaded(traced('a', 0))
  const answer = loaded<About<string | null>>()
  const { own, shown, coming } = beside(
    trace,
    answer,
    (one, other) => one.runId === other.runId,
    last => `no ${last}`,
  )
  const now = (): unknown[] => [own.value, shown.value, coming.value]

  it('is the one to its own string and run; in place of another stands nothing known, as long as it is on its way', () => {
    expect(now()).toEqual([null, null, false])
    answer.loading.value = true
    expect(now()).toEqual([null, null, true])
    answer.data.value = about(question('a', 0), 'first')
    answer.loading.value = false
    expect(now()).toEqual(['first', 'first', false])
    answer.loading.value = true
    expect(now()).toEqual(['first', 'first', false])
    trace.data.value = traced('a', 1)
    expect(now()).toEqual([null, 'no first', true])
    answer.data.value = about(question('b', 1), 'another')
    answer.loading.value = false
    expect(now()).toEqual([null, null, false])
    answer.data.value = about(question('a', 1), 'second')
    expect(now()).toEqual(['second', 'second', false])
    answer.data.value = about(question('a', 1), null)
    expect(now()).toEqual([null, null, false])
  })

  it('that comes before its trace waits for it', () => {
    answer.data.value = about(question('a', 2), 'third')
    trace.loading.value = true
    expect(now()).toEqual([null, 'no third', true])
    trace.data.value = traced('a', 2)
    trace.loading.value = false
    expect(now()).toEqual(['third', 'third', false])
  })
})

describe('two traces', () => {
  it('are shown together: of another string once both have come', async () => {
    const [first, second] = [loaded(traced('a', 0)), loaded<About<Trace>>()]
    const wanted = shallowRef<unknown>(null)
    const { trace, other } = together(first, second, wanted)
    const now = async (): Promise<unknown[]> => {
      await nextTick()
      return [JSON.parse(trace.data.value!.string).seed, other.value?.runId, trace.loading.value]
    }
    expect(await now()).toEqual([0, undefined, false])
    wanted.value = 'b'
    second.loading.value = true
    expect(await now()).toEqual([0, undefined, false])
    second.data.value = traced('b', 0)
    second.loading.value = false
    expect(await now()).toEqual([0, 'b', false])
    second.loading.value = true
    first.data.value = traced('a', 1)
    expect(await now()).toEqual([0, 'b', true])
    second.data.value = traced('b', 1)
    second.loading.value = false
    expect(await now()).toEqual([1, 'b', false])
    second.data.value = traced('b', 0)
    expect(await now()).toEqual([1, undefined, false])
    wanted.value = null
    second.loading.value = true
    first.data.value = traced('a', 2)
    expect(await now()).toEqual([2, undefined, false])
  })

  it('stay where the first is here at once and the second is not', async () => {
    const seed = shallowRef(0)
    const arrive: ((trace: About<Trace>) => void)[] = []
    const scope = effectScope()
    const { trace, other } = scope.run(() =>
      together(
        useLoad(seed, asked => Promise.resolve(traced('a', asked)), { known: asked => traced('a', asked) }),
        useLoad(
          seed,
          () =>
            new Promise<About<Trace>>(resolve => {
              arrive.push(resolve)
            }),
        ),
        shallowRef('b'),
      ),
    )!
    const now = async (): Promise<unknown[]> => {
      await flushPromises()
      return [JSON.parse(trace.data.value!.string).seed, other.value?.runId]
    }
    arrive[0]!(traced('b', 0))
    expect(await now()).toEqual([0, 'b'])
    seed.value = 1
    expect(await now()).toEqual([0, 'b'])
    arrive[1]!(traced('b', 1))
    expect(await now()).toEqual([1, 'b'])
    scope.stop()
  })
})
