import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where the history lies: what is asked for, PERMAFROST_HOME, or the folder that this system has for a user's data. */
export function homeFolder(
  asked: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  user: string = homedir(),
): string {
  const chosen = asked || env.PERMAFROST_HOME
  if (chosen) return resolve(chosen)
  if (platform === 'win32') return join(env.APPDATA || join(user, 'AppData', 'Roaming'), 'Permafrost')
  if (platform === 'darwin') return join(user, 'Library', 'Application Support', 'Permafrost')
  return join(env.XDG_DATA_HOME || join(user, '.local', 'share'), 'permafrost')
}
