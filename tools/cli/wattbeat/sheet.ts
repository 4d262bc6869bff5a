/** A dongle's label, drawn: its code and the same in letters, 50 x 25 mm, as SVG and as a page of PDF each. */
import { encode } from 'uqr'
import type { Label } from '../../../firmware/provisioning/frames'
import { groupedSecret, labelText } from '../../factory/label'

const WIDTH_MM = 50
const HEIGHT_MM = 25
const CODE_MM = 21
const MARGIN_MM = 2
/** QR wants four modules of nothing around (ISO/IEC 18004, 6.3.8): the margin has more. */
const TEXT_X_MM = MARGIN_MM + CODE_MM + 2
const LINES = [
  { y: 6, size: 3.2 },
  { y: 11, size: 3.2 },
  { y: 16, size: 2.2 },
  { y: 20, size: 2.2 },
] as const
const POINTS_PER_MM = 72 / 25.4

function words({ serial, labelSecret }: Label): string[] {
  const groups = groupedSecret(labelSecret).split('-')
  return ['wattbeat', serial, groups.slice(0, 3).join('-'), groups.slice(3).join('-')]
}

/** Squares of 1 by 1, a row after the other. */
function codePath(text: string): { path: string; size: number } {
  const { data, size } = encode(text, { ecc: 'M', border: 0 })
  let path = ''
  data.forEach((row, y) => {
    row.forEach((isDark, x) => {
      if (isDark) path += `M${x} ${y}h1v1h-1z`
    })
  })
  return { path, size }
}

export function labelSvg(label: Label): string {
  const { path, size } = codePath(labelText(label))
  const texts = words(label).map(
    (word, i) =>
      `<text x="${TEXT_X_MM}" y="${LINES[i].y}" font-size="${LINES[i].size}">${word}</text>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH_MM}mm" height="${HEIGHT_MM}mm" viewBox="0 0 ${WIDTH_MM} ${HEIGHT_MM}">`,
    `<rect width="${WIDTH_MM}" height="${HEIGHT_MM}" fill="#fff"/>`,
    `<path transform="translate(${MARGIN_MM} ${MARGIN_MM}) scale(${CODE_MM / size})" d="${path}"/>`,
    `<g font-family="monospace">${texts.join('')}</g>`,
    '</svg>\n',
  ].join('\n')
}

/** A page each, as label printers want it. */
export async function labelsPdf(labels: readonly Label[]): Promise<Uint8Array> {
  // Loaded only here: it takes its time.
  const { PDFDocument, rgb, StandardFonts } = await import('pdf-lib')
  const pdf = await PDFDocument.create()
  const font = await pdf.embedFont(StandardFonts.Courier)
  const points = (mm: number): number => mm * POINTS_PER_MM
  for (const label of labels) {
    const page = pdf.addPage([points(WIDTH_MM), points(HEIGHT_MM)])
    const { path, size } = codePath(labelText(label))
    const y = points(HEIGHT_MM - MARGIN_MM)
    page.drawSvgPath(path, {
      x: points(MARGIN_MM),
      y,
      scale: points(CODE_MM / size),
      // Without a colour it would be outlined, and not filled.
      color: rgb(0, 0, 0),
    })
    words(label).forEach((word, i) => {
      const { y: fromTop, size: height } = LINES[i]
      const at = { x: points(TEXT_X_MM), y: points(HEIGHT_MM - fromTop) }
      page.drawText(word, { ...at, size: points(height), font })
    })
  }
  return pdf.save()
}
