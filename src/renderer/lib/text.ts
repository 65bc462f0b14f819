/** Words of the host with minus signs where it writes hyphens before numbers: "difference −1.08", but "161-320". */
export const withMinus = (text: string): string => text.replace(/(?<![\w.])-(?=\d)/g, '−')

/** Up to the first full stop that ends a sentence: "arXiv:2410.03154" ends none. */
export const firstSentence = (text: string): string => /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text
