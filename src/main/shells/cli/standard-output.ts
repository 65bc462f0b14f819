import { fstatSync, writeSync } from 'node:fs'
import type { Output } from './terminal.ts'

/** Whoever reads the output stopped reading, or the terminal went away: what is not wanted is not missed. */
const NOT_WANTED = ['EPIPE', 'EIO']

/** A standard output that never ends the work: what cannot be written is left out, and `onLost` is told why. */
export function standardOutput(
  stream: NodeJS.WriteStream & { readonly fd: number },
  onLost: (code: string) => void = () => {},
): Output {
  const lost = (error: unknown): void => {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    if (!NOT_WANTED.includes(code)) onLost(code)
  }
  stream.on('error', lost)
  if (stream.isTTY || !isFile(stream.fd)) return stream
  return {
    write(text) {
      try {
        writeWhole(stream.fd, Buffer.from(text))
      } catch (error) {
        // A stream would be over now; a disk may have room again for what comes next.
        lost(error)
      }
    },
  }
}

/** Or a device like one, such as `/dev/full`: nobody reads at the other end. */
function isFile(fd: number): boolean {
  try {
    const about = fstatSync(fd)
    return about.isFile() || about.isCharacterDevice()
  } catch {
    return true
  }
}

function writeWhole(fd: number, bytes: Buffer): void {
  for (let from = 0; from < bytes.length;) from += writeSync(fd, bytes, from)
}
