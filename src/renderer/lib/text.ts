/** Words of the host as a page sets them: a minus sign where they have a hyphen before a number ("difference −1.08", but "161-320"), and no break before a per cent sign. */
export const typeset = (text: string): string => text.replace(/(?<![\w.])-(?=[\d∞])/g, '−').replaceAll(' %', '\u00a0%')

/** Up to the first full stop that ends a sentence: "arXiv:2410.03154" ends none. */
export const firstSentence = (text: string): string => /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text
