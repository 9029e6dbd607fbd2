// The cells of the matrix: a row for each permission, a column for each role.
import type { MatrixBody } from '../../api/shapes'
import { t } from '../../i18n'
import { Icon } from '../../parts/icon'
import { GROUPS, isFixed, ownRoles, type Permission, type Role, ROLES, turned, withOwn } from './matrix'

export interface CellsProps {
  draft: MatrixBody
  /** A queue; '' is everywhere. */
  scope: string
  set: (draft: MatrixBody) => void
  fixed: boolean
}

export function Cells({ draft, scope, set, fixed }: CellsProps) {
  const own = ownRoles(draft, scope)
  const table = scope === '' ? draft.roles : { ...draft.roles, ...draft.queues?.[scope] }
  const turn = (role: Role, permission: Permission): void => {
    if (scope === '') set({ ...draft, roles: turned(draft.roles, role, permission) })
    else set({ ...draft, queues: { ...draft.queues, [scope]: turned(draft.queues?.[scope] ?? {}, role, permission) } })
  }
  return (
    <div class="panel matrix-panel">
      <table class="table matrix">
        <thead>
          <tr>
            <th scope="col">{t('matrix.permission')}</th>
            {ROLES.map((role) => (
              <th key={role} scope="col">
                {t(`role.${role}`)}
                {scope === '' ? null : (
                  <label class="own">
                    <input
                      type="checkbox"
                      checked={own.includes(role)}
                      disabled={fixed}
                      aria-label={t('matrix.own_for', { role: t(`role.${role}`) })}
                      onChange={() => set(withOwn(draft, scope, role, !own.includes(role)))}
                    />
                    {own.includes(role) ? t('matrix.own') : t('matrix.inherits')}
                  </label>
                )}
              </th>
            ))}
          </tr>
        </thead>
        {GROUPS.map((group) => (
          <tbody key={group.name}>
            <tr class="group">
              <th scope="rowgroup" colSpan={ROLES.length + 1}>{t(`permgroup.${group.name}`)}</th>
            </tr>
            {group.permissions.map((permission) => (
              <tr key={permission}>
                <th scope="row">
                  {t(`perm.${permission}`)} <code class="faint">{permission}</code>
                </th>
                {ROLES.map((role) => (
                  <Cell
                    key={role}
                    label={t('matrix.cell', { role: t(`role.${role}`), permission: t(`perm.${permission}`) })}
                    on={table[role]?.includes(permission) ?? false}
                    locked={isFixed(role, permission)}
                    off={fixed || isFixed(role, permission) || (scope !== '' && !own.includes(role))}
                    turn={() => turn(role, permission)}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  )
}

interface CellProps {
  label: string
  on: boolean
  off: boolean
  locked: boolean
  turn: () => void
}

function Cell({ label, on, off, locked, turn }: CellProps) {
  return (
    <td class="cell" title={locked ? t('matrix.fixed') : undefined}>
      <input type="checkbox" checked={on} disabled={off} aria-label={label} onChange={turn} />
      {locked ? <Icon name="lock" /> : null}
    </td>
  )
}
