// The foot of a document that is edited: what stands, what is not saved, save and discard.
import type { ComponentChildren } from 'preact'
import { t } from '../../i18n'
import { when } from '../../i18n/formats'
import { useKeys } from '../../keys/use'
import { Button } from '../../parts/button'
import { Notice } from '../../parts/state'
import { personOf } from './names'

export interface SaveBarProps {
  stands: { version: number; by: string; at: number }
  says: string
  changed: boolean
  busy: boolean
  overtaken: boolean
  /** Why it cannot be saved as it is. */
  faults?: string[]
  save: () => void
  discard: () => void
  children?: ComponentChildren
}

export function SaveBar({ stands, says, changed, busy, overtaken, faults = [], save, discard, children }: SaveBarProps) {
  const ready = changed && faults.length === 0
  useKeys(says, [{ key: 'mod+Enter', says, run: () => (ready ? save() : undefined) }], { off: !changed })
  return (
    <footer class={changed ? 'save-bar changed' : 'save-bar'}>
      {overtaken ? (
        <Notice kind="problem">
          <strong>{t('v2.changed_title')}.</strong> {t('v2.changed_help')} <Button run={discard} small>{t('v2.load_theirs')}</Button>
        </Notice>
      ) : null}
      {changed && faults.length > 0 ? <Notice kind="warn">{faults.map((fault) => <p key={fault}>{fault}</p>)}</Notice> : null}
      <div class="save-line">
        <span class="faint">
          {stands.version === 0 ? t('v2.unchanged_yet') : t('v2.changed_by', { version: stands.version, when: when(stands.at), name: personOf(stands.by) })}
        </span>
        <span class="push" />
        {changed ? (
          <>
            <span class="unsaved">{t('v2.unsaved')}</span>
            {children}
            <Button run={discard} kind="quiet">{t('v2.discard')}</Button>
            <Button run={save} kind="primary" busy={busy} off={!ready} keys="mod+Enter">{says}</Button>
          </>
        ) : null}
      </div>
    </footer>
  )
}
