import { choice } from '../../../shared/options.ts'

/**
 * Option: whether strings come from the grammar as it is written, or as the code released with DuSell & Chiang 2020–2023 draws them. When
 * that code removes the start's own empty and unary rules, it also stops derivations from beginning with them.
 */
export const distribution = choice({
  default: 'grammar',
  choices: ['grammar', 'released'],
  doc: "grammar: as the rules say; released: as in the authors' code, where no derivation begins with an empty or unary rule",
})
