import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { freshHome } from './electron.ts'
import type { Stage } from './stage.ts'

/** Plays on a fresh history. Where that fails, a picture of the page as it was stays behind, under a name of its own. */
export async function withStage(
  open: (home: string) => Promise<Stage>,
  play: (stage: Stage) => Promise<void>,
): Promise<void> {
  const home = freshHome()
  const stage = await open(home)
  try {
    await play(stage)
  } catch (error) {
    const picture = join(tmpdir(), `${basename(home)}-${stage.kind}.png`)
    await stage.page.screenshot({ path: picture }).then(
      () => console.error(`The page as it was: ${picture}`),
      () => undefined,
    )
    throw error
  } finally {
    await stage.close()
    rmSync(home, { recursive: true, force: true })
  }
}
