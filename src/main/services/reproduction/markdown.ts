import type { Reproduction } from '../../../shared/reproduction.ts'
import { escapeMarkdown, markdownTable } from '../comparison/markdown.ts'
import { cardNotes, cardTables, claimSentences, summaryOf } from './tables.ts'

/** The card as Markdown (GitHub's tables). */
export function cardMarkdown(card: Reproduction): string {
  const { authors, title, identifier, url } = card.source
  const [claims, ...tables] = cardTables(card)
  return (
    [
      '# Against the published study',
      `${escapeMarkdown(`${authors}: ${title}`)}, [${identifier}](${url})`,
      escapeMarkdown(summaryOf(card)),
      markdownTable(claims!),
      ...claimSentences(card).map(({ heading, lines }) =>
        [`**${escapeMarkdown(heading)}**`, '', ...lines.map(line => `- ${escapeMarkdown(line)}`)].join('\n'),
      ),
      ...tables.map(markdownTable),
      cardNotes(card)
        .map(note => `- ${escapeMarkdown(note)}`)
        .join('\n'),
    ].join('\n\n') + '\n'
  )
}
