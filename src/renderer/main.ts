import './jitless.ts'
import { createApp, type Component } from 'vue'
import App from './App.vue'
import { connectHost } from './client.ts'
import { CONNECTED, LAB, STANDING } from './composables/lab.ts'
import NoHost from './shell/NoHost.vue'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/layout.css'
import './styles/standings.css'

const { lab, connected, standing, ready } = connectHost()
const mount = (root: Component, props: Record<string, unknown> = {}): unknown =>
  createApp(root, props).provide(LAB, lab).provide(CONNECTED, connected).provide(STANDING, standing).mount('#app')
ready.then(
  () => mount(App),
  (error: unknown) => mount(NoHost, { reason: error instanceof Error ? error.message : String(error) }),
)
