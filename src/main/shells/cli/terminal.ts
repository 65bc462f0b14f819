import { figuresJson } from '../../../shared/figure.ts'
/** One of a process's outputs. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** What a command says: results on `out`, what happens meanwhile on `err`. */
export interface Terminal {
  readonly out: Output
  readonly err: Output
  readonly env: NodeJS.ProcessEnv
}

const CLEAR_BELOW = '\u001b[0J'
const up = (lines: number): string => (lines > 0 ? `\u001b[${lines}A\r` : '\r')

export const widthOf = ({ columns }: Output): number => Math.max(40, columns ?? 100)

/** Whether the output is a terminal that knows how to move its cursor. */
export const canMove = ({ isTTY = false }: Output, env: NodeJS.ProcessEnv): boolean => isTTY && env.TERM !== 'dumb'

/** Whether colours may be used (https://no-color.org). */
export const hasColour = (output: Output, env: NodeJS.ProcessEnv): boolean => canMove(output, env) && !env.NO_COLOR

/** Lines at the bottom of a terminal that are drawn anew in place; what is printed meanwhile appears above them. */
export interface LiveLines {
  draw(lines: readonly string[]): void
  print(line: string): void
  /** Leaves the lines as they are. */
  end(): void
}

export function liveLines(output: Output): LiveLines {
  let shown: readonly string[] = []
  const erase = (): string => (shown.length === 0 ? '' : up(shown.length) + CLEAR_BELOW)
  const text = (lines: readonly string[]): string => lines.map(line => `${cut(line, widthOf(output) - 1)}\n`).join('')
  return {
    draw(lines) {
      output.write(erase() + text(lines))
      shown = lines
    },
    print(line) {
      output.write(`${erase()}${line}\n${text(shown)}`)
    },
    end() {
      shown = []
    },
  }
}

/** The text's first `width` characters. */
export const cut = (text: string, width: number): string =>
  [...text].length <= width ? text : `${[...text].slice(0, width - 1).join('')}…`

export const jsonText = figuresJson
