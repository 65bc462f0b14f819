import { textWidth } from './text-width.ts'

/**
 * A canvas context that writes SVG: what chart.js and the painter draw becomes paths and words that a journal or an editor can use.
 * Has what they use of CanvasRenderingContext2D and nothing else; transformations without shear.
 */
export class SvgContext {
  readonly canvas: { width: number; height: number }
  fillStyle = '#000000'
  strokeStyle = '#000000'
  lineWidth = 1
  lineCap = 'butt'
  lineJoin = 'miter'
  miterLimit = 10
  lineDashOffset = 0
  globalAlpha = 1
  globalCompositeOperation = 'source-over'
  font = '10px sans-serif'
  textAlign = 'start'
  textBaseline = 'alphabetic'
  #dash: number[] = []
  #matrix: Matrix = IDENTITY
  #clip: string | null = null
  #path = ''
  #saved: Saved[] = []
  readonly #prefix: string
  readonly #parts: string[] = []
  readonly #clips: string[] = []

  /** @param prefix of names that no other picture in the same file may have */
  constructor(width: number, height: number, prefix = '') {
    this.canvas = { width, height }
    this.#prefix = prefix
  }

  /** The picture as a file. */
  toString(): string {
    const { width, height } = this.canvas
    const definitions = this.#clips.length > 0 ? `<defs>${this.#clips.join('')}</defs>` : ''
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${definitions}${this.#parts.join('\n')}</svg>\n`
  }

  save(): void {
    this.#saved.push({ ...this.#styles(), dash: this.#dash, matrix: this.#matrix, clip: this.#clip })
  }

  restore(): void {
    const saved = this.#saved.pop()
    if (!saved) return
    const { dash, matrix, clip, ...styles } = saved
    Object.assign(this, styles)
    this.#dash = dash
    this.#matrix = matrix
    this.#clip = clip
  }

  translate(x: number, y: number): void {
    this.#matrix = times(this.#matrix, [1, 0, 0, 1, x, y])
  }
  scale(x: number, y: number): void {
    this.#matrix = times(this.#matrix, [x, 0, 0, y, 0, 0])
  }
  rotate(angle: number): void {
    this.#matrix = times(this.#matrix, [Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle), 0, 0])
  }
  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void {
    this.#matrix = [a, b, c, d, e, f]
  }
  resetTransform(): void {
    this.#matrix = IDENTITY
  }

  setLineDash(dash: readonly number[]): void {
    this.#dash = [...dash]
  }
  getLineDash(): number[] {
    return [...this.#dash]
  }

  beginPath(): void {
    this.#path = ''
  }
  moveTo(x: number, y: number): void {
    this.#path += `M${this.#at(x, y)}`
  }
  lineTo(x: number, y: number): void {
    this.#path += `${this.#path === '' ? 'M' : 'L'}${this.#at(x, y)}`
  }
  bezierCurveTo(ax: number, ay: number, bx: number, by: number, x: number, y: number): void {
    this.#path += `C${this.#at(ax, ay)} ${this.#at(bx, by)} ${this.#at(x, y)}`
  }
  closePath(): void {
    if (this.#path !== '') this.#path += 'Z'
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.moveTo(x, y)
    this.lineTo(x + width, y)
    this.lineTo(x + width, y + height)
    this.lineTo(x, y + height)
    this.closePath()
  }

  arc(x: number, y: number, radius: number, from: number, to: number, counter = false): void {
    const turn = counter ? -1 : 1
    const whole = Math.abs(to - from) >= 2 * Math.PI - 1e-9
    const span = whole ? 2 * Math.PI : ((((to - from) * turn) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI)
    const scaled = radius * Math.hypot(this.#matrix[0], this.#matrix[1])
    this.lineTo(x + radius * Math.cos(from), y + radius * Math.sin(from))
    for (const angle of span > Math.PI ? [from + (turn * span) / 2, from + turn * span] : [from + turn * span]) {
      this.#path += `A${round(scaled)} ${round(scaled)} 0 0 ${counter ? 0 : 1} ${this.#at(x + radius * Math.cos(angle), y + radius * Math.sin(angle))}`
    }
  }

  fill(): void {
    this.#draw(this.#path, this.#fill())
  }
  stroke(): void {
    this.#draw(this.#path, this.#stroke())
  }
  clearRect(): void {
    /* Nothing is drawn twice. */
  }
  fillRect(x: number, y: number, width: number, height: number): void {
    this.#draw(this.#rectangle(x, y, width, height), this.#fill())
  }
  strokeRect(x: number, y: number, width: number, height: number): void {
    this.#draw(this.#rectangle(x, y, width, height), this.#stroke())
  }

  clip(): void {
    const id = `${this.#prefix}clip${this.#clips.length}`
    this.#clips.push(
      `<clipPath id="${id}"${this.#clip === null ? '' : ` clip-path="url(#${this.#clip})"`}><path d="${this.#path}"/></clipPath>`,
    )
    this.#clip = id
  }

  measureText(text: string): {
    width: number
    actualBoundingBoxAscent: number
    actualBoundingBoxDescent: number
    actualBoundingBoxLeft: number
    actualBoundingBoxRight: number
  } {
    const { size, weight } = fontParts(this.font)
    const width = textWidth(text, size, weight === 'bold' ? 700 : Number(weight) || 400)
    return {
      width,
      actualBoundingBoxAscent: size * 0.75,
      actualBoundingBoxDescent: size * 0.25,
      actualBoundingBoxLeft: 0,
      actualBoundingBoxRight: width,
    }
  }

  fillText(text: string, x: number, y: number): void {
    this.#text(text, x, y, this.#fill())
  }
  strokeText(text: string, x: number, y: number): void {
    this.#text(text, x, y, this.#stroke())
  }

  #text(text: string, x: number, y: number, paint: string): void {
    const [a, b, c, d, e, f] = times(this.#matrix, [1, 0, 0, 1, x, y]).map(round)
    const { style, weight, size, family } = fontParts(this.font)
    const shift = BASELINES[this.textBaseline] ?? 0
    const attributes = [
      `transform="matrix(${a} ${b} ${c} ${d} ${e} ${f})"`,
      ...(shift === 0 ? [] : [`y="${round(shift * size)}"`]),
      `${paint.trim()} font-family="${escape(family)}" font-size="${size}"`,
      ...(weight === '' ? [] : [`font-weight="${weight}"`]),
      ...(style === '' ? [] : [`font-style="${style}"`]),
      `text-anchor="${ANCHORS[this.textAlign] ?? 'start'}"`,
    ]
    const word = `<text ${attributes.join(' ')}>${escape(text)}</text>`
    // On the text itself the clip would be moved by its transformation, and cut it off.
    this.#parts.push(this.#clip === null ? word : `<g${this.#clipping()}>${word}</g>`)
  }

  #styles() {
    const {
      fillStyle,
      strokeStyle,
      lineWidth,
      lineCap,
      lineJoin,
      miterLimit,
      lineDashOffset,
      globalAlpha,
      globalCompositeOperation,
      font,
      textAlign,
      textBaseline,
    } = this
    return {
      fillStyle,
      strokeStyle,
      lineWidth,
      lineCap,
      lineJoin,
      miterLimit,
      lineDashOffset,
      globalAlpha,
      globalCompositeOperation,
      font,
      textAlign,
      textBaseline,
    }
  }

  #at(x: number, y: number): string {
    const [a, b, c, d, e, f] = this.#matrix
    return `${round(a * x + c * y + e)} ${round(b * x + d * y + f)}`
  }

  #rectangle(x: number, y: number, width: number, height: number): string {
    return `M${this.#at(x, y)}L${this.#at(x + width, y)}L${this.#at(x + width, y + height)}L${this.#at(x, y + height)}Z`
  }

  #draw(path: string, paint: string): void {
    if (path !== '') this.#parts.push(`<path d="${path}"${paint}${this.#clipping()}/>`)
  }

  #fill(): string {
    return colour('fill', this.fillStyle, this.globalAlpha)
  }

  #stroke(): string {
    const dash = this.#dash.length > 0 ? ` stroke-dasharray="${this.#dash.map(round).join(' ')}"` : ''
    const join = this.lineJoin === 'miter' ? '' : ` stroke-linejoin="${this.lineJoin}"`
    const cap = this.lineCap === 'butt' ? '' : ` stroke-linecap="${this.lineCap}"`
    return ` fill="none"${colour('stroke', this.strokeStyle, this.globalAlpha)} stroke-width="${round(this.lineWidth)}"${dash}${join}${cap}`
  }

  #clipping(): string {
    return this.#clip === null ? '' : ` clip-path="url(#${this.#clip})"`
  }
}

type Matrix = readonly [number, number, number, number, number, number]
type Saved = Record<string, unknown> & { dash: number[]; matrix: Matrix; clip: string | null }

const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0]
const BASELINES: Readonly<Record<string, number>> = {
  top: 0.8,
  hanging: 0.8,
  middle: 0.35,
  bottom: -0.2,
  alphabetic: 0,
}
const ANCHORS: Readonly<Record<string, string>> = {
  left: 'start',
  start: 'start',
  center: 'middle',
  right: 'end',
  end: 'end',
}

const times = ([a, b, c, d, e, f]: Matrix, [g, h, i, j, k, l]: Matrix): Matrix => [
  a * g + c * h,
  b * g + d * h,
  a * i + c * j,
  b * i + d * j,
  a * k + c * l + e,
  b * k + d * l + f,
]
const round = (value: number): number => Math.round(value * 100) / 100
/** Letters that XML does not have at all. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu
/** As content of an XML file. */
export const escape = (text: string): string =>
  text
    .replace(FORBIDDEN, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** `#rrggbbaa` and `rgb(r g b / a%)` become a colour and an opacity, which more programs read. */
function colour(name: 'fill' | 'stroke', value: string, alpha: number): string {
  const long = /^#([0-9a-f]{6})([0-9a-f]{2})$/i.exec(value)
  const parts = /^rgb\((\d+) (\d+) (\d+) \/ ([\d.]+)%\)$/.exec(value)
  const opacity = alpha * (long ? Number.parseInt(long[2]!, 16) / 255 : parts ? Number(parts[4]) / 100 : 1)
  const plain = long
    ? `#${long[1]}`
    : parts
      ? `#${parts
          .slice(1, 4)
          .map(part => Number(part).toString(16).padStart(2, '0'))
          .join('')}`
      : escape(value)
  return ` ${name}="${plain}"${opacity < 1 ? ` ${name}-opacity="${round(opacity)}"` : ''}`
}

function fontParts(font: string): { style: string; weight: string; size: number; family: string } {
  const found = /^(.*?)([\d.]+)px(?:\/\S+)?\s+(.*)$/.exec(font.trim())
  const words = found?.[1]?.split(/\s+/) ?? []
  return {
    style: words.find(word => word === 'italic') ?? '',
    weight: words.find(word => word === 'bold' || /^\d{3}$/.test(word)) ?? '',
    size: Number(found?.[2] ?? 10),
    family: found?.[3] ?? 'sans-serif',
  }
}
