import { deflateRawSync } from 'node:zlib'
import { crc32, END, ENTRY, LOCAL, zipRecord, type ZipField } from '../../../shared/zip-form.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A tar archive of files; a name that begins with `L:` or `x:` is an entry of that type, about the file after it. */
export function tar(files: Readonly<Record<string, string>>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const content = bytesOf(text)
    const header = new Uint8Array(512)
    const write = (at: number, value: string): void => header.set(bytesOf(value), at)
    const type = /^[Lx]:/.test(name) ? name[0]! : '0'
    write(0, name)
    write(100, '0000644\0')
    write(124, `${content.length.toString(8).padStart(11, '0')} `)
    write(148, '        ')
    write(156, type)
    write(
      148,
      `${header
        .reduce((a, b) => a + b, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
    )
    const padded = new Uint8Array(Math.ceil(content.length / 512) * 512)
    padded.set(content)
    return [header, padded]
  })
  return Buffer.concat([...blocks, new Uint8Array(1024)])
}

/** A file of a zip archive, and what its entry says that is not so. */
export interface Zipped {
  readonly text: string
  readonly stored?: boolean
  readonly size?: number
  readonly crc?: number
  readonly flags?: number
  readonly method?: number
}

/** A zip archive of files, deflated unless stored; a name that ends in / is a folder. */
export function zip(files: Readonly<Record<string, string | Zipped>>): Uint8Array {
  const locals: Uint8Array[] = [],
    directory: Uint8Array[] = []
  let offset = 0
  for (const [path, given] of Object.entries(files)) {
    const file: Zipped = typeof given === 'string' ? { text: given } : given
    const [name, content] = [bytesOf(path), bytesOf(file.text)]
    const packed = file.stored ? content : new Uint8Array(deflateRawSync(content))
    const { size = content.length, crc = crc32(content), flags = 0, method = file.stored ? 0 : 8 } = file
    const common: ZipField[] = [
      [2, 20],
      [2, flags],
      [2, method],
      [4, 0],
      [4, crc],
      [4, packed.length],
      [4, size],
      [2, name.length],
    ]
    locals.push(zipRecord(LOCAL, ...common, [2, 0]), name, packed)
    directory.push(zipRecord(ENTRY, [2, 20], ...common, [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), name)
    offset += 30 + name.length + packed.length
  }
  const count = Object.keys(files).length
  const end = zipRecord(
    END,
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, directory.reduce((sum, { length }) => sum + length, 0)],
    [4, offset],
    [2, 0],
  )
  return Buffer.concat([...locals, ...directory, end])
}
