// The console with made-up data, for work on its views. Never part of the build.
import { defineConfig } from 'vite'

export default defineConfig({
  root: 'dev',
  publicDir: '../public',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { host: '127.0.0.1', port: 7410, strictPort: true, fs: { allow: ['..'] } },
  cacheDir: '../node_modules/.vite-dev',
})
