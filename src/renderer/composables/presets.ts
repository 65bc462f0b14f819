import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from 'vue'
import type { Catalog } from '../../shared/contract/index.ts'
import { useLab } from './lab.ts'

type Preset = Catalog['presets'][number]

export interface PricedPreset extends Preset {
  /** Seconds that it takes here, roughly; null where that cannot be told, such as for want of its text; undefined until it is known. */
  readonly seconds: number | null | undefined
  readonly runs: number | null
}

/** What was measured in this window: it does not change while the host lives. */
const known = shallowRef<ReadonlyMap<string, { seconds: number | null; runs: number | null }>>(new Map())
export const forgetPrices = (): void => {
  known.value = new Map()
}

/** Presets with what each takes, the cheapest first; measured one after the other while the page is there. */
export function usePresets(catalog: () => Catalog | undefined): ComputedRef<readonly PricedPreset[]> {
  const lab = useLab()
  const leaving = new AbortController()
  let measuring = false

  async function measure(presets: readonly Preset[]): Promise<void> {
    if (measuring) return
    measuring = true
    for (const { id, content } of presets) {
      if (known.value.has(id)) continue
      try {
        const { seconds, runs } = await lab.preview.estimate({ content, rough: true }, { signal: leaving.signal })
        known.value = new Map(known.value).set(id, { seconds, runs })
      } catch {
        if (leaving.signal.aborted) return
        known.value = new Map(known.value).set(id, { seconds: null, runs: null })
      }
    }
    measuring = false
  }

  watch(
    catalog,
    now => {
      if (now) void measure(inOrder(now.presets))
    },
    { immediate: true },
  )
  onScopeDispose(() => leaving.abort())

  return computed(() =>
    inOrder(catalog()?.presets ?? [])
      .map(preset => ({ ...preset, seconds: undefined, runs: null, ...known.value.get(preset.id) }))
      .sort((a, b) => (a.seconds ?? Infinity) - (b.seconds ?? Infinity) || 0),
  )
}

const FIRST = 'quick-look'
/** The quick look is measured first, and comes first until all are. */
const inOrder = (presets: readonly Preset[]): Preset[] =>
  presets.toSorted((a, b) => Number(b.id === FIRST) - Number(a.id === FIRST))
