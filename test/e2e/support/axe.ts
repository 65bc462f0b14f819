import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

const SCRIPT = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Elements told of each rule. */
const MOST = 2

interface Axe {
  run: (
    root: Document,
    options: object,
  ) => Promise<{
    violations: { id: string; nodes: { target: string[]; html: string; failureSummary?: string }[] }[]
    passes: unknown[]
  }>
}

/** What axe finds wrong with the page as it stands: `rule: element`. Waits until nothing moves, since what is half faded in has half its contrast. @throws where axe found nothing to judge */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(async () => {
    await Promise.all(
      document
        .getAnimations()
        .filter(({ effect }) => effect?.getTiming().iterations !== Infinity)
        .map(({ finished }) => finished.catch(() => undefined)),
    )
  })
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(SCRIPT)
  const { found, passed } = await page.evaluate(async MOST => {
    const { violations, passes } = await (window as unknown as { axe: Axe }).axe.run(document, {
      resultTypes: ['violations', 'passes'],
    })
    return {
      passed: passes.length,
      found: violations.flatMap(({ id, nodes }) =>
        nodes
          .slice(0, MOST)
          .map(
            ({ target, html, failureSummary }) =>
              `${id}: ${target.join(' ')} ${html.slice(0, 120)} ${(failureSummary ?? '').split('\n').at(1)?.trim()}`,
          ),
      ),
    }
  }, MOST)
  if (passed < 10) throw new Error(`axe passed only ${passed} rules: there was no page to judge`)
  return found
}
