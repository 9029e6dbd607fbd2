// The frame of a list that is edited: heading, lines with their tools, what stands where there are none.
import type { ComponentChildren } from 'preact'
import { t } from '../../i18n'
import { Button } from '../../parts/button'
import { Icon } from '../../parts/icon'

export interface LinesProps {
  title: string
  help: string
  empty: string
  add: { label: string; run: () => void }
  fixed: boolean
  children: ComponentChildren[]
}

export function Lines({ title, help, empty, add, fixed, children }: LinesProps) {
  return (
    <section class="panel lines-panel">
      <header>
        <h2>{title}</h2>
        <p class="hint">{help}</p>
        <span class="push" />
        {fixed ? null : (
          <Button run={add.run} small>
            <Icon name="plus" /> {add.label}
          </Button>
        )}
      </header>
      {children.length === 0 ? <p class="nothing">{empty}</p> : <ol>{children}</ol>}
    </section>
  )
}

export interface LineProps {
  name: string
  fixed: boolean
  remove: () => void
  move?: ((by: -1 | 1) => void) | undefined
  /** Beside it: past, now, over midnight. */
  mark?: ComponentChildren
  children: ComponentChildren
}

export function EditLine({ name, fixed, remove, move, mark, children }: LineProps) {
  return (
    <li class="edit-line">
      <div class="form-row">{children}</div>
      <div class="tools">
        {fixed ? null : (
          <span class="tools">
            {move ? (
              <>
                <Button run={() => move(-1)} kind="quiet" small label={`${t('v2.up')}: ${name}`} title={t('v2.up')}><span aria-hidden="true">↑</span></Button>
                <Button run={() => move(1)} kind="quiet" small label={`${t('v2.down')}: ${name}`} title={t('v2.down')}><span aria-hidden="true">↓</span></Button>
              </>
            ) : null}
            <Button run={remove} kind="quiet" small label={`${t('v2.remove')}: ${name}`} title={t('v2.remove')}><Icon name="close" /></Button>
          </span>
        )}
        {mark}
      </div>
    </li>
  )
}
