// The matrix of roles and permissions: everywhere, and differently in single queues; saved as one document.
import { useState } from 'preact/hooks'
import { path } from '../../api/client'
import type { Matrix, MatrixBody } from '../../api/shapes'
import { may } from '../../frame/session'
import { count, t } from '../../i18n'
import { Button } from '../../parts/button'
import { SelectField, TextField } from '../../parts/field'
import { Chip } from '../../parts/marks'
import { scrolls } from '../../parts/scrolls'
import { Show } from '../../parts/state'
import { useEdited } from '../kit/edited'
import { SaveBar } from '../kit/savebar'
import { Cells } from './cells'
import { changesOf, withoutQueue, withQueue } from './matrix'

const bodyOf = ({ roles, queues }: Matrix): MatrixBody => ({ roles, queues })

export function RolesMatrix() {
  const edited = useEdited<Matrix, MatrixBody>(path('roles'), bodyOf)
  const [scope, setScope] = useState('')
  const fixed = !may('people.manage')
  const { draft, asked } = edited
  const changes = draft && asked.data ? changesOf(bodyOf(asked.data), draft) : []
  return (
    <>
      <div class="page" {...scrolls(t('people.roles'))}>
        <p class="intro">{t('matrix.help')}</p>
        <Show asked={asked}>
          {() =>
            draft === null ? null : (
              <>
                <Scope draft={draft} scope={scope} setScope={setScope} set={edited.set} fixed={fixed} />
                <Cells draft={draft} scope={scope} set={edited.set} fixed={fixed} />
                {changes.length > 0 ? (
                  <section class="panel changes" aria-live="polite">
                    <h2>{count('matrix.changes', changes.length)}</h2>
                    <ul class="padded">
                      {changes.map((change) => (
                        <li key={`${change.queue} ${change.role} ${change.permission}`}>
                          <Chip tone={change.given ? 'good' : 'bad'}>{change.given ? '+' : '−'}</Chip>{' '}
                          {t(change.given ? 'matrix.gives' : 'matrix.takes', { role: t(`role.${change.role}`), permission: t(`perm.${change.permission}`) })}{' '}
                          {change.queue ? <span class="faint">{t('matrix.in_queue', { queue: change.queue })}</span> : null}
                        </li>
                      ))}
                    </ul>
                  </section>
                ) : null}
              </>
            )
          }
        </Show>
      </div>
      {asked.data ? <SaveBar stands={asked.data} says={t('matrix.save')} {...edited} /> : null}
    </>
  )
}

interface ScopeProps {
  draft: MatrixBody
  scope: string
  setScope: (scope: string) => void
  set: (draft: MatrixBody) => void
  fixed: boolean
}

function Scope({ draft, scope, setScope, set, fixed }: ScopeProps) {
  const [name, setName] = useState('')
  const queues = Object.keys(draft.queues ?? {})
  const add = (): void => {
    const queue = name.trim()
    if (queue === '') return
    if (!queues.includes(queue)) set(withQueue(draft, queue))
    setScope(queue)
    setName('')
  }
  return (
    <div class="matrix-scope">
      <SelectField
        label={t('matrix.scope')}
        value={scope}
        set={setScope}
        options={[{ value: '', label: t('matrix.everywhere') }, ...queues.map((value) => ({ value, label: t('matrix.queue', { name: value }) }))]}
      />
      {fixed ? null : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            add()
          }}
        >
          <TextField label={t('matrix.add_queue')} value={name} set={setName} most={64} placeholder={t('matrix.queue_name')} />
          <Button run={add} off={name.trim() === ''}>{t('v2.add')}</Button>
        </form>
      )}
      {scope !== '' && !fixed ? (
        <Button
          run={() => {
            set(withoutQueue(draft, scope))
            setScope('')
          }}
          kind="quiet"
        >
          {t('matrix.drop_queue', { name: scope })}
        </Button>
      ) : null}
    </div>
  )
}
