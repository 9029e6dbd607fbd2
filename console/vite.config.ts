// Builds the console into the package: hashed files, nothing inline, so that the strictest CSP holds.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

const SHIPPED = ['preact', '@preact/signals', '@preact/signals-core']

// What is shipped inside the bundle is shipped with its licence.
const licences: Plugin = {
  name: 'licences',
  generateBundle() {
    const texts = SHIPPED.map((name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8')}`)
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join('\n\n') })
  },
}

// The gateway sends what is packed here to whoever takes it, and packs nothing itself.
const packed: Plugin = {
  name: 'packed',
  writeBundle({ dir = '' }, bundle) {
    for (const name of Object.keys(bundle).filter((each) => /\.(js|css|html|svg|txt)$/.test(each))) {
      const body = readFileSync(join(dir, name))
      if (body.length < 1024) continue
      writeFileSync(join(dir, `${name}.gz`), gzipSync(body, { level: 9 }))
      writeFileSync(join(dir, `${name}.br`), brotliCompressSync(body))
    }
  },
}

const FIRST = 'src/views/queue.tsx'

// The view that most people see first is fetched while the console itself is, and so is who is signed in.
const early: Plugin = {
  name: 'early',
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle = {} }) {
      const chunks = Object.values(bundle).filter((each) => each.type === 'chunk')
      const wanted = new Set<string>()
      const styles = new Set<string>()
      const want = (name: string): void => {
        const chunk = chunks.find((each) => each.fileName === name)
        if (!chunk || chunk.isEntry || wanted.has(name)) return
        wanted.add(name)
        for (const style of chunk.viteMetadata?.importedCss ?? []) styles.add(style)
        chunk.imports.forEach(want)
      }
      want(chunks.find((each) => each.facadeModuleId?.endsWith(FIRST))?.fileName ?? '')
      const link = (attrs: Record<string, string | boolean>) => ({ tag: 'link', attrs, injectTo: 'head' as const })
      return [
        ...[...wanted].filter((name) => !html.includes(name)).map((name) => link({ rel: 'modulepreload', crossorigin: true, href: `/${name}` })),
        ...[...styles].map((name) => link({ rel: 'stylesheet', crossorigin: true, href: `/${name}` })),
        link({ rel: 'preload', as: 'fetch', crossorigin: true, href: '/v1/session' }),
      ]
    },
  },
}

export default defineConfig({
  base: '/',
  plugins: [licences, packed, early],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../gateway/http/static',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    sourcemap: false,
    target: 'es2022',
    cssTarget: 'chrome123',
    modulePreload: { polyfill: false },
  },
})
