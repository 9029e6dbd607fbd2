// A button that opens a short list of things to do.
//
// The list stands in the top layer (`popover`), so nothing clips it; arrows walk it, Escape and a
// click elsewhere close it, and the button gets the focus back.
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { useKeys } from '../../keys/use'
import { Kbd } from '../../parts/button'
import { Icon } from '../../parts/icon'
import { t } from '../../i18n'

export interface Deed {
  id: string
  label: string
  run: () => void
  /** Its key in the view, shown beside it; the view binds it. */
  keys?: string
  danger?: boolean
  /** A heading above it: the first of a group. */
  group?: string
}

export interface MenuProps {
  label: string
  deeds: Deed[]
  open: boolean
  setOpen: (open: boolean) => void
  children: ComponentChildren
  keys?: string
  /** quiet: an icon in a row; plain: a button with a word and an arrow. */
  kind?: 'quiet' | 'plain'
}

export function Menu({ label, deeds, open, setOpen, children, keys, kind = 'plain' }: MenuProps) {
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  const walk = (by: number): void => {
    const items = [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
    const at = items.findIndex((item) => item === document.activeElement)
    items[(at + by + items.length) % items.length]?.focus()
  }
  const close = (): void => {
    setOpen(false)
    button.current?.focus()
  }
  useKeys(
    label,
    [
      { key: 'Escape', says: t('v2.close'), run: close },
      { key: 'ArrowDown', says: t('v2.down'), run: () => walk(1), hidden: true },
      { key: 'ArrowUp', says: t('v2.up'), run: () => walk(-1), hidden: true },
      { key: 'j', says: t('v2.down'), run: () => walk(1), hidden: true },
      { key: 'k', says: t('v2.up'), run: () => walk(-1), hidden: true },
      { key: 'Tab', says: t('v2.close'), run: close, hidden: true },
    ],
    { modal: true, off: !open },
  )
  useEffect(() => {
    const box = list.current
    if (!open || !box || !button.current) return
    box.showPopover()
    place(box, button.current)
    box.querySelector<HTMLElement>('[role=menuitem]')?.focus()
  }, [open])
  return (
    <>
      <button
        ref={button}
        type="button"
        class={`button small ${kind}`}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        // A button with words is named by them; a sign needs a name.
        aria-label={kind === 'quiet' ? label : undefined}
        aria-keyshortcuts={keys}
        title={label}
        onClick={() => setOpen(!open)}
      >
        {children}
        {kind === 'plain' ? <Icon name="down" /> : null}
        {keys ? <Kbd keys={keys} /> : null}
      </button>
      {open ? (
        <div
          ref={list}
          id={id}
          class="menu"
          role="menu"
          aria-label={label}
          popover="auto"
          onToggle={(event) => {
            if (event.newState === 'closed') setOpen(false)
          }}
        >
          {deeds.map((deed) => (
            <Item key={deed.id} deed={deed} close={close} />
          ))}
        </div>
      ) : null}
    </>
  )
}

function Item({ deed, close }: { deed: Deed; close: () => void }) {
  return (
    <>
      {deed.group ? (
        <div class="menu-group" role="presentation">
          {deed.group}
        </div>
      ) : null}
      <button
        type="button"
        role="menuitem"
        tabIndex={-1}
        class={deed.danger ? 'danger' : ''}
        onClick={() => {
          close()
          deed.run()
        }}
      >
        <span>{deed.label}</span>
        {deed.keys ? <Kbd keys={deed.keys} /> : null}
      </button>
    </>
  )
}

/** Put the list under its button, or above it where there is no room; never outside the window. */
function place(box: HTMLElement, button: HTMLElement): void {
  const from = button.getBoundingClientRect()
  const size = box.getBoundingClientRect()
  const under = from.bottom + 4 + size.height < innerHeight
  box.style.top = `${under ? from.bottom + 4 : Math.max(8, from.top - 4 - size.height)}px`
  box.style.left = `${Math.max(8, Math.min(from.right - size.width, innerWidth - size.width - 8))}px`
}
