// What is shown while something is asked for, where there is nothing, and when it failed.
import type { ComponentChildren } from 'preact'
import type { Asked } from '../api/use'
import { explain } from '../api/problem'
import { t } from '../i18n'
import { Button } from './button'
import { Icon } from './icon'

export function Loading() {
  return (
    <div class="state" role="status">
      <span class="spinner" aria-hidden="true" />
      {t('state.loading')}
    </div>
  )
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <strong>{title}</strong>
      {children ? <p>{children}</p> : null}
    </div>
  )
}

export function Failed({ problem, again }: { problem: unknown; again?: () => void }) {
  return (
    <div class="state failed" role="alert">
      <Icon name="warn" />
      <p>{explain(problem)}</p>
      {again ? <Button run={again}>{t('state.again')}</Button> : null}
    </div>
  )
}

/** Show what was asked for, or why not. Old data stays in sight while newer is on its way. */
export function Show<T>({ asked, children }: { asked: Asked<T>; children: (data: T) => ComponentChildren }) {
  if (asked.data !== null) {
    return (
      <>
        {asked.problem ? <Notice kind="problem">{explain(asked.problem)}</Notice> : null}
        {children(asked.data)}
      </>
    )
  }
  if (asked.problem) return <Failed problem={asked.problem} again={asked.reload} />
  return <Loading />
}

/** A line of advice or trouble inside a view. */
export function Notice({ kind = 'news', children }: { kind?: 'news' | 'problem' | 'warn'; children: ComponentChildren }) {
  return (
    <div class={`notice ${kind}`} role={kind === 'problem' ? 'alert' : undefined}>
      {kind === 'news' ? null : <Icon name="warn" />}
      <div>{children}</div>
    </div>
  )
}
