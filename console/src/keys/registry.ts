// Which keys do what now: a stack of scopes, the topmost first; pure, so that it can be tested.
//
// 1. A scope that is `modal` hides everything below it (dialogs).
// 2. Where somebody types, only Escape and keys with Ctrl or Meta work.
// 3. Two keys in a row ("g q") are one: the first waits for the second for a second and a half.

export interface Bound {
  /** As shown and pressed: "j", "Enter", "?", "g q", "mod+Enter". */
  key: string
  says: string
  run: () => void
  /** Keep it out of the key map: it is shown where it works. */
  hidden?: boolean
}

export interface Scope {
  title: string
  modal: boolean
  keys: () => Bound[]
}

export interface Pressed {
  key: string
  mod: boolean
  alt: boolean
  typing: boolean
  at: number
}

const CHORD_MS = 1500

export class Registry {
  private readonly scopes: Scope[] = []
  private prefix = ''
  private until = 0

  /** Put a scope on top; the returned function takes it away again. */
  add(scope: Scope): () => void {
    this.scopes.push(scope)
    return () => {
      const at = this.scopes.indexOf(scope)
      if (at >= 0) this.scopes.splice(at, 1)
    }
  }

  /** The scopes that can be reached now, the topmost first. */
  reachable(): Scope[] {
    const found: Scope[] = []
    for (const scope of [...this.scopes].reverse()) {
      found.push(scope)
      if (scope.modal) break
    }
    return found
  }

  /** Find what a key does now, null if nothing. Remembers the first half of two keys in a row. */
  find(pressed: Pressed): Bound | 'waits' | null {
    const waiting = pressed.at <= this.until ? this.prefix : ''
    this.prefix = ''
    const name = pressed.mod ? `mod+${pressed.key}` : pressed.key
    if (pressed.alt) return null
    if (pressed.typing && !pressed.mod && pressed.key !== 'Escape') return null
    const bound = this.reachable().flatMap((scope) => scope.keys())
    const exact = bound.find((one) => one.key === (waiting ? `${waiting} ${name}` : name))
    if (exact) return exact
    if (bound.some((one) => one.key.startsWith(`${name} `))) {
      this.prefix = name
      this.until = pressed.at + CHORD_MS
      return 'waits'
    }
    return waiting ? this.find({ ...pressed, at: Number.POSITIVE_INFINITY }) : null
  }
}
