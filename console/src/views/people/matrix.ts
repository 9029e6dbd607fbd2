// Edits of the matrix of roles and permissions.
import type { Matrix, MatrixBody } from '../../api/shapes'

export type Role = keyof typeof ROLE_ORDER
export type Permission = Matrix['roles'][string][number]

const ROLE_ORDER = { moderator: 0, lead: 1, analyst: 2, auditor: 3, admin: 4 }
export const ROLES = Object.keys(ROLE_ORDER) as Role[]

/** Permissions by what they are about, in the order people read them. */
export const GROUPS = [
  {
    name: 'cases',
    permissions: ['cases.read', 'cases.claim', 'cases.decide', 'cases.bulk', 'cases.assign'],
  },
  { name: 'evidence', permissions: ['evidence.view', 'evidence.sealed'] },
  { name: 'decisions', permissions: ['decisions.read', 'decisions.undo'] },
  { name: 'rooms', permissions: ['rooms.read', 'rooms.switch', 'rooms.act', 'rooms.nuke'] },
  { name: 'streams', permissions: ['streams.act'] },
  { name: 'insight', permissions: ['policy.read', 'overview.read'] },
  { name: 'pages', permissions: ['pages.read', 'pages.ack', 'pages.manage'] },
  { name: 'people', permissions: ['people.read', 'people.manage', 'audit.read'] },
] as const satisfies readonly { name: string; permissions: readonly Permission[] }[]

/** The one cell nobody may clear: admins could lock themselves out. */
export function isFixed(role: Role, permission: Permission): boolean {
  return role === 'admin' && permission === 'people.manage'
}

export type Table = Record<string, Permission[]>

/** Return a table with one permission of a role turned. */
export function turned(table: Table, role: Role, permission: Permission): Table {
  if (isFixed(role, permission)) return table
  const had = table[role] ?? []
  const now = had.includes(permission)
    ? had.filter((each) => each !== permission)
    : [...had, permission]
  return { ...table, [role]: now }
}

export interface CellChange {
  /** '' is everywhere. */
  queue: string
  role: Role
  permission: Permission
  given: boolean
}

/** Return what differs from what stands, cell by cell. */
export function changesOf(stands: MatrixBody, draft: MatrixBody): CellChange[] {
  const found = tableChanges('', stands.roles, draft.roles)
  const queues = new Set([...Object.keys(stands.queues ?? {}), ...Object.keys(draft.queues ?? {})])
  for (const queue of queues) {
    const before = stands.queues?.[queue]
    const after = draft.queues?.[queue]
    // Where a queue has no word on a role, what holds everywhere holds there.
    found.push(
      ...tableChanges(queue, { ...stands.roles, ...before }, { ...draft.roles, ...after }).filter(
        (change) => before?.[change.role] !== undefined || after?.[change.role] !== undefined,
      ),
    )
  }
  return found
}

function tableChanges(queue: string, before: Table, after: Table): CellChange[] {
  const found: CellChange[] = []
  for (const role of ROLES) {
    for (const { permissions } of GROUPS) {
      for (const permission of permissions) {
        const had = before[role]?.includes(permission) ?? false
        const has = after[role]?.includes(permission) ?? false
        if (had !== has) found.push({ queue, role, permission, given: has })
      }
    }
  }
  return found
}

/** Roles that a queue has rules of its own for. */
export function ownRoles(draft: MatrixBody, queue: string): Role[] {
  const own = draft.queues?.[queue] ?? {}
  return queue === '' ? [...ROLES] : ROLES.filter((role) => own[role] !== undefined)
}

/** Give a queue rules of its own for a role, beginning with what holds everywhere, or take them away. */
export function withOwn(draft: MatrixBody, queue: string, role: Role, own: boolean): MatrixBody {
  const { [role]: _, ...rest } = draft.queues?.[queue] ?? {}
  const table = own ? { ...rest, [role]: [...(draft.roles[role] ?? [])] } : rest
  return { ...draft, queues: { ...draft.queues, [queue]: table } }
}

export function withQueue(draft: MatrixBody, queue: string): MatrixBody {
  return { ...draft, queues: { ...draft.queues, [queue]: {} } }
}

export function withoutQueue(draft: MatrixBody, queue: string): MatrixBody {
  const { [queue]: _, ...rest } = draft.queues ?? {}
  return { ...draft, queues: rest }
}
