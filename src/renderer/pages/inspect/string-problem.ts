/** What is wrong with a string that was asked for, in the words of the form; null where something else is. */
export function stringProblem(error: Error | undefined): string | null {
  if (!error || !('code' in error) || error.code !== 'bad-input') return null
  const [, field, found, allowed] = /^(string\S*?) is (.*?); allowed: (.*)$/s.exec(error.message) ?? []
  const named = field ?? ('field' in error && typeof error.field === 'string' ? error.field : '')
  if (!named.startsWith('string')) return null
  if (found === undefined || allowed === undefined) return 'This is no string that can be traced.'
  switch (named) {
    case 'string.text':
      return `${found.replace(/^"(.*)"$/s, '“$1”')} cannot be read. There are ${allowed}.`
    case 'string.length':
      return `There is no string of length ${found}. There are ${allowed}.`
    case 'string':
      return `A string ${found.replaceAll('"', '')} is too long. Possible are ${allowed}.`
    default:
      return `This string cannot be traced: it has the symbol ${found}. There are ${allowed}.`
  }
}
