import { Command, CommanderError } from 'commander'
import { InputError } from '../../../shared/errors.ts'
import { listControllers, listMemories, listOptimizers, listTasks } from '../../services/catalog.ts'
import { showDevices, showParts, showSchema } from './catalog-commands.ts'
import { compareCommand } from './compare-command.ts'
import type { Cli } from './context.ts'
import { errorLine, EXIT, EXIT_CODES_HELP, exitCodeOf } from './exit-codes.ts'
import { exportCommand } from './export-command.ts'
import { glossaryText } from './glossary.ts'
import { list } from './list-command.ts'
import { restore } from './restore-command.ts'
import { show } from './show-command.ts'
import { widthOf } from './terminal.ts'
import { resume, run } from './train-commands.ts'

/** Does what the arguments say. Errors come out as one line on the standard error. @returns the exit code */
export async function runProgram(cli: Cli, args: readonly string[]): Promise<number> {
  let code: number = EXIT.ok
  const program = commands(cli, work => async (...given) => {
    code = await work(...given)
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput
    cli.terminal.err.write(`${errorLine(error)}\n`)
    return exitCodeOf(error)
  }
}

type Does = <A extends unknown[]>(work: (...args: A) => Promise<number> | number) => (...args: A) => Promise<void>

function commands(cli: Cli, does: Does): Command {
  const { out, err } = cli.terminal
  const program = new Command('permafrost')
    .description('Trains memory-augmented recurrent networks, freezes their parts and compares freezing strategies.')
    .version(cli.app.version, '-V, --version')
    .helpOption('-h, --help')
    .exitOverride()
    .configureOutput({
      writeOut: text => void out.write(text),
      writeErr: text => void err.write(text),
      outputError: (text, write) =>
        write(
          `permafrost: ${text
            .replace(/^error: /, '')
            .replace(/\s+/g, ' ')
            .trim()}\n`,
        ),
    })
    .addHelpText(
      'after',
      `\n${EXIT_CODES_HELP}\n\nThe history lies in --home, or else in PERMAFROST_HOME, or else in the system's folder for a user's data.`,
    )

  training(
    program
      .command('run')
      .argument('<STUDY.json>', 'a study, or a grid of tasks and models; - reads it from the standard input'),
  )
    .description('train a study as far as it is not yet trained, then compare its plans')
    .option('--text <PATH>', 'the text, folder or archive that its task reads, whatever the study says')
    .option('--again', 'train it anew, even if the history has it', false)
    .action(does((file: string, flags: Parameters<typeof run>[2]) => run(cli, file, flags)))
  training(program.command('resume').argument('[RUN or STUDY...]', 'which ones; without: all'))
    .description('go on with runs that were cancelled, paused, interrupted or failed')
    .option('--from-start', 'drop what they have done and train them anew', false)
    .action(does((names: string[], flags: Parameters<typeof resume>[2]) => resume(cli, names, flags)))
  looking(program.command('ls').argument('[STUDY]'))
    .description('list the studies, or the runs of one')
    .option('--all', 'archived ones too', false)
    .action(does((name: string | undefined, flags: Parameters<typeof list>[2]) => list(cli, name, flags)))
  looking(program.command('show').argument('[RUN or STUDY]', 'without: the newest study'))
    .description('show the full record of a run or a study')
    .action(does((name: string | undefined, flags: Parameters<typeof show>[2]) => show(cli, name, flags)))
  looking(program.command('compare').argument('[STUDY]', 'without: the newest'))
    .description('compare the freeze plans of a study, paired by seed')
    .option(
      '--weights <which>',
      'of the best validation epoch or of the last one: best, last',
      among('--weights', ['best', 'last']),
      'best',
    )
    .option('--reference <PLAN>', 'the plan that the others are held against (default: the first that freezes nothing)')
    .option(
      '--target <MEASURE@BIN...>',
      'what decides, such as accuracy@200-400 or retention (default: cross-entropy difference in every bin, from the shortest, and retention)',
    )
    .option('--figures <FOLDER>', 'write all figures of the comparison there, as SVG')
    .option(
      '--published',
      'instead: all studies of the history beside the figures of Das & Mali 2024, claim by claim',
      false,
    )
    .addHelpText('after', `\nWords:\n${glossaryText(widthOf(out))}`)
    .action(
      does((name: string | undefined, flags: Parameters<typeof compareCommand>[2]) => compareCommand(cli, name, flags)),
    )
  looking(program.command('export').argument('[RUN or STUDY]', 'without: the newest study'))
    .description('write a study or a run as CSV and JSON, with its comparison as CSV, Markdown and LaTeX')
    .option('--to <FOLDER>', 'where to: a new or an empty folder (default: permafrost-ID here)')
    .option('--force', 'in place of the export that the folder holds', false)
    .action(
      does((name: string | undefined, flags: Parameters<typeof exportCommand>[2]) => exportCommand(cli, name, flags)),
    )

  looking(program.command('restore').argument('[BACKUP]', 'a file, or the name of one in backups; without: the newest'))
    .description('move a damaged history aside, with all of its files, and bring a backup in')
    .action(does((backup: string | undefined, flags: Parameters<typeof restore>[2]) => restore(cli, backup, flags)))

  for (const [name, parts] of [
    ['tasks', listTasks],
    ['memories', listMemories],
    ['controllers', listControllers],
    ['optimizers', listOptimizers],
  ] as const) {
    asJson(program.command(name))
      .description(`list the ${name} with their options`)
      .action(does((flags: { json?: boolean }) => showParts(cli.terminal, parts(), flags)))
  }
  program
    .command('schema')
    .description('print the form of a study file as JSON Schema, for editors that check while you write')
    .action(does(() => showSchema(cli.terminal)))
  asJson(program.command('devices'))
    .description('list what can compute')
    .action(does((flags: { json?: boolean }) => showDevices(cli.terminal, flags)))
  return program
}

const asJson = (command: Command): Command => command.option('--json', 'print JSON', false)
const looking = (command: Command): Command => asJson(command.option('--home <FOLDER>', "the history's folder"))

const training = (command: Command): Command =>
  looking(command)
    .option('--device <ID>', 'what computes; `devices` lists them (default: as the study says, or else wasm)')
    .option(
      '--portable',
      'the same weights to the bit on every processor, 8 to 22 % slower as measured; without it their last bits depend on how this one rounds',
    )
    .option(
      '--workers <N>',
      'threads that train: each one run, or on a graphics card (webgpu, tensorflow) all runs of one model and optimizer together, as many as fit (default: one a core)',
      wholeNumber('--workers'),
    )
    .option('--full', 'end with all tables and tests, not with the answer alone', false)
    .option(
      '--checkpoint-every <SECONDS>',
      'how often a run can be resumed from inside an epoch',
      seconds('--checkpoint-every'),
      30,
    )

const wholeNumber =
  (field: string) =>
  (text: string): number => {
    if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
    throw new InputError(field, text, 'a whole number from 1 to 999')
  }

const seconds =
  (field: string) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() !== '' && value >= 0 && value <= 86_400) return value
    throw new InputError(field, text, 'a number of seconds from 0 to 86400')
  }

const among =
  <T extends string>(field: string, allowed: readonly T[]) =>
  (text: string): T => {
    const found = allowed.find(one => one === text)
    if (found) return found
    throw new InputError(field, text, allowed.join(', '))
  }
