import { z } from 'zod'

// The page's policy forbids `eval`, which zod's fast path would try as soon as a schema is made: to be imported before any schema.
z.config({ jitless: true })
