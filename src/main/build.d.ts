/** What the build replaces in the desktop app's own code. */
interface ImportMeta {
  readonly env: {
    /** Whether it was built by `electron-vite dev`. */
    readonly DEV: boolean
  }
}
