import { computed, readonly, shallowRef, watch } from 'vue'
import type { Theme } from '../../figures/palette.ts'

export type ThemeChoice = 'system' | Theme

const system = window.matchMedia('(prefers-color-scheme: dark)')
const systemDark = shallowRef(system.matches)
system.addEventListener('change', ({ matches }) => {
  systemDark.value = matches
})

const choice = shallowRef<ThemeChoice>('system')
const theme = computed<Theme>(() => (choice.value === 'system' ? (systemDark.value ? 'dark' : 'light') : choice.value))
watch(
  theme,
  now => {
    document.documentElement.dataset.theme = now
  },
  { immediate: true, flush: 'sync' },
)

/** The theme in force, and the person's choice. One for the whole page. */
export function useTheme() {
  return {
    theme: readonly(theme),
    choice: readonly(choice),
    choose: (next: ThemeChoice): void => {
      choice.value = next
    },
  }
}
