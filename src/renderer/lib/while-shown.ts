/** Listens to a feed while the page can be seen; a page that nobody sees costs its host nothing. @param join begins to listen @returns what ends it all */
export function whileShown(join: () => () => void): () => void {
  let leave: (() => void) | undefined
  const follow = (): void => {
    if (!document.hidden) leave ??= join()
    else {
      leave?.()
      leave = undefined
    }
  }
  document.addEventListener('visibilitychange', follow)
  follow()
  return () => {
    document.removeEventListener('visibilitychange', follow)
    leave?.()
    leave = undefined
  }
}
