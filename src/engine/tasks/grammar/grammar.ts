/** A way to rewrite a nonterminal: its weight, then symbols; nonterminals are names, terminals symbol numbers. */
export type Alternative = readonly [weight: number, ...right: readonly (string | number)[]]

/** A weighted context-free grammar; the weights of a nonterminal's alternatives are divided by their sum. */
export interface Grammar {
  readonly start: string
  readonly rules: Readonly<Record<string, readonly Alternative[]>>
}
