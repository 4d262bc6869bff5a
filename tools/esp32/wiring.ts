/** docs/board.md's table of the boards and what is to be known of each, from their manifests. */
import { table } from '../settings/tables'
import { type Board, listBoards } from './boards'

export function wiringTable(): string {
  return table(
    ['NAME', 'board', 'chip', 'flash', 'transmit', 'receive', 'direction', 'high', 'LED', 'button'],
    listBoards().map(({ name, chip, about, pins: { line, high = [], led, button } }) => [
      `\`${name}\``,
      about.name,
      chip,
      `${about.flashMB} MB`,
      ...[line?.transmit, line?.receive, line?.direction].map(shown),
      high.join(', '),
      shown(led),
      shown(button),
    ]),
  )
}

export function boardNotes(): string {
  return listBoards()
    .filter(({ about: { transceiver, doubt, sources } }) => transceiver || doubt || sources)
    .map(note)
    .join('')
}

function note({ name, about: { transceiver, doubt, sources = [] } }: Board): string {
  const links = sources.map((address) => `[${address.split('/').pop()}](${address})`)
  const sentences = [
    transceiver && `Transceiver: ${transceiver}.`,
    doubt && `${doubt}.`,
    links.length > 0 && `Pins: ${links.join(', ')}.`,
  ]
  return `- \`${name}\`: ${sentences.filter(Boolean).join(' ')}\n`
}

function shown(pin: number | undefined): string {
  return pin === undefined ? '' : `${pin}`
}
