/** The page is no longer seen, or is seen again, as when another tab is opened over it. */
export function setSeen(seen: boolean): void {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => !seen })
  document.dispatchEvent(new Event('visibilitychange'))
}
