// Buttons and the keys shown on them.
import type { ComponentChildren, JSX } from 'preact'

/** A key as it is pressed: "j", "g q", "mod+Enter". Screen readers hear it from `aria-keyshortcuts`. */
export function Kbd({ keys }: { keys: string }) {
  const shown = keys.replace('mod+', 'Ctrl ').replace('ArrowDown', '↓').replace('ArrowUp', '↑').replace('Escape', 'Esc')
  return (
    <span class="keys" aria-hidden="true">
      {shown.split(' ').map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  )
}

export interface ButtonProps {
  children: ComponentChildren
  run: () => void
  keys?: string
  /** plain by default; `primary` once a view, `danger` for what takes something from somebody. */
  kind?: 'plain' | 'primary' | 'danger' | 'quiet'
  off?: boolean
  /** Why it is off, or more than its label says. */
  title?: string
  label?: string
  pressed?: boolean
  busy?: boolean
  small?: boolean
  expanded?: boolean
  ref?: JSX.IntrinsicElements['button']['ref']
}

export function Button(props: ButtonProps) {
  const { kind = 'plain', off = false, busy = false } = props
  return (
    <button
      type="button"
      class={`button ${kind}${props.small ? ' small' : ''}`}
      onClick={() => {
        if (!off && !busy) props.run()
      }}
      // aria-disabled instead of disabled: it stays reachable, so that its title says why it is off.
      aria-disabled={off || busy}
      aria-busy={busy}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      aria-label={props.label}
      aria-keyshortcuts={props.keys}
      title={props.title}
    >
      {props.children}
      {props.keys ? <Kbd keys={props.keys} /> : null}
    </button>
  )
}

/** Opens something else of the console; looks like text. */
export function Link({ to, children, title }: { to: string; children: ComponentChildren; title?: string }) {
  return (
    <a class="link" href={to} title={title}>
      {children}
    </a>
  )
}
