#!/usr/bin/env node
import { spawn } from 'node:child_process'

/**
 * npm starts the commands of package.json through a shell. A Unix shell takes `exec` to mean that the command takes its place, so that
 * what npm is told reaches the command and not a shell that keeps it to itself. The command prompt of Windows has no `exec`, and finds
 * this: the command is started, and its exit code passed on.
 */
const [command, ...args] = process.argv.slice(2)
spawn(command, args, { stdio: 'inherit' }).on('exit', code => process.exit(code ?? 1))
