/** Up to the first full stop that ends a sentence: "arXiv:2410.03154" ends none. */
export const firstSentence = (text: string): string => /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text
