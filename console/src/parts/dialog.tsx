// A dialog that must be answered: the browser's own <dialog>, so focus stays inside and Escape closes.
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { t } from '../i18n'
import { type Bound } from '../keys/registry'
import { useKeys } from '../keys/use'
import { Icon } from './icon'

export interface DialogProps {
  title: string
  close: () => void
  children: ComponentChildren
  /** Buttons at its foot. */
  foot?: ComponentChildren
  keys?: Bound[]
  wide?: boolean
}

/** Shown while it is rendered. Whatever had the focus gets it back. */
export function Dialog({ title, close, children, foot, keys = [], wide = false }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null)
  const name = useId()
  useKeys(title, [...keys, { key: 'Escape', says: t('keys.close'), run: close }], { modal: true })
  useEffect(() => {
    const before = document.activeElement
    box.current?.showModal()
    // Not on the button that closes: Enter is the dialog's own key.
    if (!box.current?.querySelector('[autofocus]')) box.current?.focus()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={box}
      class={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={name}
      tabIndex={-1}
      onCancel={(event) => {
        event.preventDefault()
        close()
      }}
    >
      <header>
        <h2 id={name}>{title}</h2>
        <button type="button" class="button quiet" onClick={close} aria-label={t('keys.close')}>
          <Icon name="close" />
        </button>
      </header>
      <div class="body">{children}</div>
      {foot ? <footer>{foot}</footer> : null}
    </dialog>
  )
}
