import type { FileOut, LabClient } from '../../shared/contract/index.ts'
import { zip } from '../lib/zip.ts'
import { go } from './router.ts'
import { attempt, say } from './toasts.ts'

/** Hands a file to the person: the browser asks where, the page never learns. */
export function saveFile({ name, type, bytes }: FileOut): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => {
    URL.revokeObjectURL(url)
  }, 60_000)
}

/** Several files as one archive, so that the person is asked once. @param name of the archive, without its ending */
export function saveArchive(name: string, files: readonly FileOut[]): void {
  saveFile({ name: `${fileName(name)}.zip`, type: 'application/zip', bytes: zip(files) })
}

export const textFile = (name: string, type: string, content: string): FileOut => ({
  name,
  type,
  bytes: new TextEncoder().encode(content),
})

/** Bytes of a name's part; file systems take 255 for the whole. */
const MOST_BYTES = 110

/** A name that every file system takes: `marked-reversal-4x-full`. */
export const fileName = (text: string): string => plain(text).toLowerCase() || 'untitled'

/** The name of a figure's file, without its ending: `sample-study-validationLoss`. @param of the study's name, where it is of one */
export const figureName = (id: string, of?: string): string =>
  of === undefined ? plain(id) : `${fileName(of)}-${plain(id)}`

const plain = (text: string): string =>
  clipped(
    text
      .normalize('NFC')
      .replace(/[^\p{L}\p{N}._-]+/gu, '-')
      .replace(/^[-.]+/, ''),
  ).replace(/[-.]+$/, '')

function clipped(text: string): string {
  const encoder = new TextEncoder()
  let bytes = 0
  return [...text].filter(letter => (bytes += encoder.encode(letter).length) <= MOST_BYTES).join('')
}

/** Lets the person pick files. */
export function pickFiles(accept: string): Promise<File[]> {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = accept
  input.multiple = true
  return new Promise(resolve => {
    input.addEventListener('change', () => {
      resolve([...(input.files ?? [])])
    })
    input.addEventListener('cancel', () => {
      resolve([])
    })
    input.click()
  })
}

export const IMPORTED_TYPES = '.json,.permafrost,application/json'

/** Study files become drafts, bundles studies; the first of them is opened. */
export async function importFiles(
  lab: LabClient,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Promise<void> {
  if (files.length === 0) return
  await attempt(async () => {
    const { drafts, studies } = await lab.studies.importFiles({ files: [...files] })
    const [draft, study] = [drafts[0], studies[0]]
    say(
      [
        drafts.length > 0 ? `${drafts.length === 1 ? 'A draft' : `${drafts.length} drafts`}` : '',
        studies.length > 0
          ? `${studies.length === 1 ? 'a study with its runs' : `${studies.length} studies with their runs`}`
          : '',
      ]
        .filter(part => part !== '')
        .join(' and ') + ' imported',
      { tone: 'good' },
    )
    if (draft) go({ page: 'build', subject: draft.id })
    else if (study) go({ page: 'compare', subject: study.id })
  })
}

export const readFiles = (files: readonly File[]): Promise<{ name: string; bytes: Uint8Array }[]> =>
  Promise.all(files.map(async file => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })))
