// Who is signed in, what they may do, and how they want the console.
import { computed, signal } from '@preact/signals'
import { get, post, put, remove, setCsrf, whenSignedOut } from '../api/client'
import { Problem } from '../api/problem'
import type { SessionShown, Settings, SignInBody } from '../api/shapes'
import { setLanguage } from '../i18n'
import { connect, disconnect } from '../live/socket'
import { hearClock } from './clock'
import { setTheme } from './theme'

export type Permission = SessionShown['permissions'][number]

/** undefined: not asked yet; null: nobody. */
export const session = signal<SessionShown | null | undefined>(undefined)
/** Why the gateway could not be asked who is signed in. */
export const trouble = signal<unknown>(null)

const DEFAULTS: Required<Settings> = {
  theme: 'system', language: 'system', blur: true, grey: true, muted: true, sound: true, desktop: false,
}

export const settings = computed<Required<Settings>>(() => ({ ...DEFAULTS, ...session.value?.settings }))

/** Whether whoever is signed in may do this at all; the gateway decides in the single case. */
export function may(permission: Permission): boolean {
  return session.value?.permissions.includes(permission) ?? false
}

/** The name of whoever is signed in, '' for nobody. */
export function me(): string {
  return session.value?.name ?? ''
}

function enter(shown: SessionShown): void {
  setCsrf(shown.csrf)
  hearClock(shown.now)
  session.value = shown
  setTheme(settings.value.theme)
  void setLanguage(settings.value.language)
  connect(shown.socket, leave)
}

function leave(): void {
  disconnect()
  setCsrf('')
  session.value = null
}

/** Find out who is signed in. A gateway that does not answer is `trouble`, not a sign-out. */
export async function restore(): Promise<void> {
  whenSignedOut(leave)
  try {
    enter(await get<SessionShown>('/v1/session'))
    trouble.value = null
  } catch (error) {
    if (error instanceof Problem && error.status === 401) session.value = null
    else trouble.value = error
  }
}

/** Sign in. Raises Problem. */
export async function signIn(body: SignInBody): Promise<void> {
  enter(await post<SessionShown>('/v1/session', body))
}

/** Sign out here, whatever the gateway says: the cookie is its to end. */
export async function signOut(): Promise<void> {
  try {
    await remove('/v1/session')
  } finally {
    leave()
  }
}

/** Change settings: shown at once, and put back if the gateway refuses. Raises Problem. */
export async function changeSettings(change: Partial<Settings>): Promise<void> {
  const before = session.peek()
  if (!before) return
  const wanted = { ...settings.peek(), ...change }
  const show = (shown: Required<Settings>): void => {
    session.value = { ...before, settings: shown }
    setTheme(shown.theme)
    void setLanguage(shown.language)
  }
  const old = settings.peek()
  show(wanted)
  try {
    await put('/v1/session/settings', wanted)
  } catch (error) {
    show(old)
    throw error
  }
}

/** Change one's own password: this session goes on under a new cookie and token. Raises Problem. */
export async function changePassword(old: string, fresh: string): Promise<void> {
  const shown = await put<SessionShown>('/v1/session/password', { old, new: fresh })
  setCsrf(shown.csrf)
  session.value = shown
}
