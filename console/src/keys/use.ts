// The keyboard inside components, and the one listener that feeds the registry.
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Registry, type Bound } from './registry'

export const registry = new Registry()

/** Bind keys while the component is shown. `modal` hides every scope below. */
export function useKeys(title: string, keys: Bound[], options: { modal?: boolean; off?: boolean } = {}): void {
  const latest = useRef(keys)
  latest.current = keys
  const modal = options.modal ?? false
  const off = options.off ?? false
  // Before the view is painted: a key that follows what one sees is never too early.
  useLayoutEffect(
    () => (off ? undefined : registry.add({ title, modal, keys: () => latest.current })),
    [title, modal, off],
  )
}

const WRITTEN = new Set(['text', 'search', 'password', 'email', 'url', 'number', 'tel', 'date', 'time', 'datetime-local'])

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true
  if (target instanceof HTMLInputElement) return WRITTEN.has(target.type)
  return target instanceof HTMLElement && target.isContentEditable
}

// Enter and Space on a focused control are that control's own.
function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a[href], summary, input, [role="menuitem"]') !== null
}

/** Start listening. */
export function startKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return
    if ((event.key === 'Enter' || event.key === ' ') && isControl(event.target) && !event.ctrlKey && !event.metaKey) return
    // Escape leaves a field; the next one leaves the view. In a dialog it closes the dialog.
    if (event.key === 'Escape' && isTyping(event.target) && event.target instanceof HTMLElement && !event.target.closest('dialog')) {
      event.target.blur()
      event.preventDefault()
      return
    }
    const found = registry.find({
      key: event.key,
      mod: event.ctrlKey || event.metaKey,
      alt: event.altKey,
      typing: isTyping(event.target),
      at: event.timeStamp,
    })
    if (found === null) return
    event.preventDefault()
    if (found !== 'waits' && !(event.repeat && !['j', 'k', 'ArrowDown', 'ArrowUp'].includes(found.key))) found.run()
  })
}
