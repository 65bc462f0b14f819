/** The scripts that start the command line. */
const OURS = ['permafrost', 'study']

/**
 * npm starts a command in the folder of the package, wherever the person is; what they write there as a path is meant from where they are.
 * @param go changes the folder of the process
 */
export function goWhereThePersonIs(env: NodeJS.ProcessEnv, go: (folder: string) => void = process.chdir): void {
  const { INIT_CWD: folder, npm_lifecycle_event: script } = env
  if (folder === undefined || script === undefined || !OURS.includes(script)) return
  try {
    go(folder)
  } catch {
    // A folder that is gone, or that may not be entered: paths count from that of the package.
  }
}
