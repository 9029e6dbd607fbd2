// Puts a made-up gateway (every `*.routes.ts` here) in the place of fetch and WebSocket, then starts the console.
import { install, type Routes } from './gateway'

const modules = import.meta.glob<{ routes: Routes }>('./*.routes.ts', { eager: true })
install(Object.assign({}, ...Object.values(modules).map((one) => one.routes)) as Routes)
await import('../src/main')
