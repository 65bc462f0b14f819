import { it } from 'vitest'
import { webStage } from './support/stage.ts'
import { withStage } from './support/with-stage.ts'
import { tellWholeStory } from './story/story.ts'

it(
  'takes a person from a first idea to an answer, and has it all the next day, in a browser',
  () => withStage(webStage, tellWholeStory),
  600_000,
)
