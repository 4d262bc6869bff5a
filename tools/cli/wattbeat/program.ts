/** The command line of `wattbeat`: what there is, its help, and what each command gets. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError, Option } from 'commander'
import { CHIPS } from '../../../firmware/settings/pins'
import { identify, read, scanBus, scanWifi } from './commands/bus'
import { reset, rotate, set } from './commands/change'
import { MAX_BATCH, make, write } from './commands/factory'
import { info, log, ports, status, watch } from './commands/inspect'
import { label } from './commands/label'
import type { Outcome } from './commands/outcome'
import { type ProvisionOptions, provision } from './commands/provision'
import { EXIT, Failure } from './failure'
import type { Session, Target } from './session'

export type Run = (session: Session) => Promise<Outcome | Failure>

export type Parsed =
  | { kind: 'run'; run: Run; target: Target; isJson: boolean }
  | { kind: 'help'; text: string; exitCode: number }
  | { kind: 'failure'; failure: Failure }

interface Globals extends Target {
  json?: boolean
}

const MAX_HELP_COLUMNS = 80

export function parse(words: readonly string[]): Parsed {
  let text = ''
  const told = (part: string): void => void (text += part)
  const asked: { run?: Run } = {}
  const program = build((run) => {
    asked.run = run
  })
  for (const command of family(program)) {
    command
      .exitOverride()
      .configureOutput({ writeOut: told, writeErr: told, getOutHelpWidth: () => MAX_HELP_COLUMNS })
      .configureOutput({ getErrHelpWidth: () => MAX_HELP_COLUMNS })
      .configureHelp({ showGlobalOptions: true })
      .helpCommand(false)
  }
  try {
    program.parse([...words], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { kind: 'help', text, exitCode: EXIT.done }
    if (error.code === 'commander.help') return { kind: 'help', text, exitCode: EXIT.usage }
    return { kind: 'failure', failure: misused(error) }
  }
  const { json = false, ...target } = program.opts<Globals>()
  return asked.run
    ? { kind: 'run', run: asked.run, target, isJson: json }
    : { kind: 'help', text: program.helpInformation(), exitCode: EXIT.usage }
}

export function family(command: Command): Command[] {
  return [command, ...command.commands.flatMap(family)]
}

export function build(runs: (run: Run) => void = () => {}): Command {
  const program = new Command('wattbeat')
    .option('-p, --port <path>', 'serial port of the dongle (WATTBEAT_PORT)')
    .option('-l, --label-file <file>', 'its label, WB1:serial:secret (WATTBEAT_LABEL)')
    .option('--json', 'results as JSON, one value a line')
    .version(version(), '-V, --version')
  // The help of all commands is to fit a screen.
  program.options.at(-1)!.hidden = true

  program
    .command('ports')
    .description('serial ports of this computer')
    .action(() => runs(ports))
  program
    .command('info')
    .description('which dongle this is')
    .action(() => runs(info))
  program
    .command('provision')
    .description('set the dongle up for a site, and test it')
    .argument('<site.json>', 'as in docs/settings.md')
    .option('--dry-run', 'only say what would change, and what is wrong')
    .option('--secrets', 'send secrets also if they are set already')
    .option('--no-test', 'only store and read back')
    .action((path: string, options: ProvisionOptions) => runs((s) => provision(s, path, options)))
  program
    .command('status')
    .description('how the dongle is')
    .action(() => runs(status))
  program
    .command('watch')
    .description('how the dongle is, again and again')
    .option('-n, --every <seconds>', '1 to 60', '2')
    .action(({ every }) =>
      runs(withNumbers({ every: [every, 1, 60] }, (s, n) => watch(s, n.every))),
    )

  const scan = program.command('scan').description('find networks (wifi) or devices (bus)')
  scan
    .command('wifi')
    .description('networks that the dongle hears')
    .action(() => runs(scanWifi))
  scan
    .command('bus')
    .description('devices on the RS-485 line')
    .option('--units <list>', 'only these Modbus units, such as 1,2,30')
    .option('--thorough', 'ask for what any model has; takes longer')
    .action(({ units, thorough }: { units?: string; thorough?: boolean }) =>
      runs(
        withNumbers(
          Object.fromEntries((units?.split(',') ?? []).map((unit, i) => [i, [unit, 0, 247]])),
          (s, n) => scanBus(s, { ...(units && { units: Object.values(n) }), thorough }),
        ),
      ),
    )
  program
    .command('read')
    .description('read meters and batteries now')
    .argument('[KEY=VALUE...]', 'of devices[], such as ctRatio=40')
    .option('--model <id>', 'one that is not in the settings yet')
    .option('--unit <number>', 'its Modbus unit')
    .option('--seconds <number>', 'go on for so long, 1 to 600')
    .action((keys: string[], { model, unit, seconds }) =>
      runs(
        withNumbers({ unit: [unit, 0, 247], seconds: [seconds, 1, 600] }, (s, n) =>
          read(s, keys, { model, ...n }),
        ),
      ),
    )
  program
    .command('identify')
    .description('let its LED blink')
    .option('--seconds <number>', '1 to 60')
    .action(({ seconds }) =>
      runs(withNumbers({ seconds: [seconds, 1, 60] }, (s, n) => identify(s, n.seconds))),
    )
  program
    .command('set')
    .description('change single settings')
    .argument('<KEY=VALUE...>', 'such as line.baud=19200; null removes; KEY alone for a secret')
    .option('--dry-run', 'only say what is wrong')
    .action((keys: string[], { dryRun = false }) => runs((s) => set(s, keys, dryRun)))
  program
    .command('rotate')
    .description('new credentials for the broker')
    .option('--credentials-file <file>', 'JSON with key and secret; asked for if left out')
    .action(({ credentialsFile }) => runs((s) => rotate(s, credentialsFile)))
  program
    .command('log')
    .description('the newest lines of its log')
    .option('-f, --follow', 'and each further one, until Ctrl-C')
    .action(({ follow = false }) => runs((s) => log(s, follow)))
  program
    .command('reset')
    .description("erase the site's settings")
    .option('-y, --yes', 'do not ask')
    .action(({ yes = false }) => runs((s) => reset(s, yes)))
  program
    .command('label')
    .description('draw its label (QR and text) as SVG and PDF')
    .option('-o, --out <folder>', 'where the files go', '.')
    .action(({ out }) => runs((s) => label(s, out)))

  const factory = program.command('factory').description('make and write identities of a batch')
  factory
    .command('make')
    .description('serial numbers, secrets, identity images and labels')
    .requiredOption('-o, --out <folder>', 'a new one; all files are readable by you alone')
    .option('--count <number>', `1 to ${MAX_BATCH}`, '1')
    .option('--prefix <text>', 'letters and digits', 'WB')
    .option('--from <number>', 'the first number', '1')
    .action(({ out, count, prefix, from }) =>
      runs(
        withNumbers({ count: [count, 1, MAX_BATCH], from: [from, 0, 999_999_999] }, (_s, n) =>
          make({ folder: out, prefix, count: n.count, from: n.from }),
        ),
      ),
    )
  factory
    .command('write')
    .description('write the identity of one dongle with esptool')
    .argument('<serial>', 'of the batch')
    .requiredOption('-d, --dir <folder>', 'of the batch')
    .addOption(new Option('--chip <name>').choices(Object.keys(CHIPS)).default('esp32c3'))
    .option('--dry-run', 'only show the command')
    .action((serial: string, { dir, chip, dryRun }) =>
      runs((s) => write(s, serial, { folder: dir, chip, dryRun })),
    )
  return program
}

type Numbers<T> = { [K in keyof T]: number }

/** Each a whole number between two; one that is left out stays undefined. */
function withNumbers<T extends Readonly<Record<string, readonly unknown[]>>>(
  texts: T,
  run: (session: Session, numbers: Numbers<T>) => Promise<Outcome | Failure>,
): Run {
  const numbers: Record<string, number> = {}
  for (const [name, [text, least, most]] of Object.entries(texts)) {
    if (text === undefined) continue
    const number = /^\d{1,9}$/.test(String(text)) ? Number(text) : Number.NaN
    if (!(number >= (least as number) && number <= (most as number))) {
      const what = /^\d/.test(name) ? 'units' : name
      const failure = new Failure(
        'usage',
        `--${what}: expected a whole number from ${least} to ${most}`,
      )
      return () => Promise.resolve(failure)
    }
    numbers[name] = number
  }
  return (session) => run(session, numbers as Numbers<T>)
}

/** In words that repeat nothing of what was typed: a secret may have been pasted there. */
function misused({ code, message }: CommanderError): Failure {
  const [suggestion] = /\(Did you mean [^)]*\)/.exec(message) ?? ['']
  const known = message.replace(/^error: /, '').split('\n')[0]
  const words: Readonly<Record<string, string>> = {
    'commander.unknownOption': 'no such option',
    'commander.unknownCommand': 'no such command',
    'commander.excessArguments': 'too many arguments',
    'commander.invalidArgument': known.replace(/argument '.*' is invalid/s, 'is wrong'),
  }
  return new Failure('usage', `${words[code] ?? known} ${suggestion}`.trim(), {
    fix: '`wattbeat --help` lists the commands, `wattbeat COMMAND --help` the options of one.',
  })
}

function version(): string {
  const path = fileURLToPath(new URL('../../../package.json', import.meta.url))
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}
