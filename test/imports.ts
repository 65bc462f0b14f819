import ts from 'typescript'

/** Every module a source names: import, export from, import(), require(); of a page component, those of its scripts. */
export function importsOf(file: string, text: string): string[] {
  const script = file.endsWith('.vue')
    ? [...text.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)].map(match => match[1]).join('\n')
    : text
  return ts.preProcessFile(script, true, true).importedFiles.map(({ fileName }) => fileName)
}
