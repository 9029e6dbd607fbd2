// An account as it is being written, and what of it is sent.
import type { ModeratorBody, ModeratorChange, ModeratorShown } from '../../api/shapes'
import { type Role, ROLES } from './matrix'

export type AccountDraft = Required<ModeratorBody>

/** As the gateway takes names. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/

export function draftOf(stands: ModeratorShown | null): AccountDraft {
  if (stands === null) return { name: '', roles: ['moderator'], queues: [], langs: [], skills: [], email: '', totp: true }
  const { name, roles, queues, langs, skills, email, totp } = stands
  return { name, roles, queues, langs, skills, email, totp }
}

export type AccountFault = 'people.name_bad' | 'people.role_needed'

/** Return what is wrong with a draft; null where nothing is. */
export function faultOf(draft: AccountDraft, fresh: boolean): AccountFault | null {
  if (fresh && !NAME.test(draft.name)) return 'people.name_bad'
  return draft.roles.length === 0 ? 'people.role_needed' : null
}

/** Return only what differs: what is left out stays, so that two who edit other fields do not collide. */
export function changeOf(stands: ModeratorShown, draft: AccountDraft): ModeratorChange {
  const change: ModeratorChange = {}
  const differs = (one: readonly string[], other: readonly string[]): boolean => one.join(' ') !== other.join(' ')
  if (differs(stands.roles, draft.roles)) change.roles = draft.roles
  if (differs(stands.queues, draft.queues)) change.queues = draft.queues
  if (differs(stands.langs, draft.langs)) change.langs = draft.langs
  if (differs(stands.skills, draft.skills)) change.skills = draft.skills
  if (stands.email !== draft.email) change.email = draft.email
  return change
}

export function toggledRole(roles: readonly Role[], role: Role): Role[] {
  return ROLES.filter((each) => (each === role ? !roles.includes(role) : roles.includes(each)))
}
