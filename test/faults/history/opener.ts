import { writeSync } from 'node:fs'
import { openHistory } from '../../../src/main/history/history.ts'
import { MIGRATIONS } from '../../../src/main/history/migrations/index.ts'
import { study } from '../../../src/main/history/testing/fixtures.ts'
import { NEXT } from './next-migration.ts'
import { waitForGo } from './process.ts'

/** Once let go, opens the history in HOME as this version of the app or as the next one would, adds a study and says its id. */
const [home, version] = process.argv.slice(2) as [string, 'this' | 'next']

waitForGo()
const history = openHistory({ home, migrations: version === 'this' ? MIGRATIONS : [...MIGRATIONS, NEXT] })
writeSync(1, `${history.studies.add(study()).id}\n`)
history.close()
