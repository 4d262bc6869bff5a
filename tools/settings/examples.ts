/** The settings in examples/, as `npm start -- --help` prints them and docs/settings.md shows them. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Example {
  /** From the repository's root. */
  path: string
  about: string
  text: string
}

const ABOUT = {
  'one-meter': 'One meter, at the grid connection',
  'pv-and-battery':
    'A meter at the grid connection, another of the PV plant, and a battery, all set to one speed',
  'hybrid-inverter':
    'A hybrid inverter, which is meter, battery and PV plant under one unit; with what a device needs: Wi-Fi and pins',
}

export function listExamples(): Example[] {
  return Object.entries(ABOUT).map(([name, about]) => {
    const path = `examples/${name}.json`
    const file = fileURLToPath(new URL(`../../${path}`, import.meta.url))
    return { path, about, text: readFileSync(file, 'utf8') }
  })
}

/** For a terminal. */
export function printedExamples(): string {
  const each = listExamples().map(({ path, about, text }) => `${path}\n${about}.\n${text}`)
  return `Examples of settings, to be completed with the ids and credentials of your site:\n\n${each.join('\n')}`
}

/** For docs/settings.md. */
export function shownExamples(): string {
  return listExamples()
    .map(
      ({ path, about, text }) => `${about} ([${path}](../${path})):\n\n\`\`\`json\n${text}\`\`\`\n`,
    )
    .join('\n')
}
