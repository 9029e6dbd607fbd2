// The console's tests: pure parts only, no browser; views are tried in a real one by tests/console.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: { include: ['tests/**/*.test.ts'] },
})
