// Made up: one session, its settings, who is on call.
import { Refusal, type Routes } from './gateway'
import type { SessionShown, Settings } from '../src/api/shapes'

const ALL: SessionShown['permissions'] = [
  'cases.read', 'cases.claim', 'cases.decide', 'cases.bulk', 'cases.assign', 'evidence.view', 'evidence.sealed', 'decisions.read',
  'decisions.undo', 'rooms.read', 'rooms.switch', 'rooms.act', 'rooms.nuke', 'streams.act', 'policy.read', 'overview.read',
  'pages.read', 'pages.ack', 'pages.manage', 'people.read', 'people.manage', 'audit.read',
]
const asked = new URLSearchParams(location.search)
let settings: Settings = { theme: (asked.get('theme') ?? 'system') as 'system', language: (asked.get('lang') ?? 'en') as 'en' }
let signedIn = asked.get('out') === null

const session = (): SessionShown => ({
  tenant: 'harbour', name: 'mira', pseudonym: 'Moderator 12', roles: ['lead'], permissions: ALL, queues: [], langs: ['en', 'de'], skills: [],
  settings, csrf: 'made-up', socket: 'ws://made-up', now: Date.now() / 1000, expires: Date.now() / 1000 + 36_000, totp: true, on_call: true,
})

export const routes: Routes = {
  'GET /v1/session': () => {
    if (!signedIn) throw new Refusal(401, 'signed_out')
    return session()
  },
  'POST /v1/session': ({ body }) => {
    const { password, code } = body as { password: string; code: string }
    if (password !== 'seawall') throw new Refusal(401, 'bad_credentials')
    if (!code) throw new Refusal(401, 'code_needed')
    signedIn = true
    return session()
  },
  'DELETE /v1/session': () => {
    signedIn = false
  },
  'PUT /v1/session/settings': ({ body }) => {
    settings = body as Settings
    return session()
  },
  'GET /v1/oncall': () => ({ items: [{ queue: '', people: ['mira', 'jonas'], shift: 'day', until: null }], at: Date.now() / 1000 }),
}
