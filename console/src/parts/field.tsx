// Form fields with their labels.
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

interface Common {
  label: string
  hint?: string
  /** What is wrong with it. */
  wrong?: string
}

function Around({ id, label, hint, wrong, children }: Common & { id: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {hint ? <p class="hint" id={`${id}-hint`}>{hint}</p> : null}
      {wrong ? <p class="wrong" id={`${id}-wrong`} role="alert">{wrong}</p> : null}
    </div>
  )
}

function described(id: string, { hint, wrong }: Common): string | undefined {
  const ids = [hint ? `${id}-hint` : '', wrong ? `${id}-wrong` : ''].filter(Boolean).join(' ')
  return ids || undefined
}

// The browser heeds `autofocus` when a page or a dialog opens, not when a field is put in later.
function useFocus<T extends HTMLElement>(focus = false): { current: T | null } {
  const field = useRef<T>(null)
  useEffect(() => {
    if (focus) field.current?.focus()
  }, [])
  return field
}

export interface TextProps extends Common {
  value: string
  set: (value: string) => void
  type?: 'text' | 'password' | 'search' | 'number' | 'email' | 'url' | 'date' | 'time' | 'datetime-local'
  autocomplete?: string
  most?: number
  placeholder?: string
  needed?: boolean
  focus?: boolean
  numeric?: boolean
}

export function TextField(props: TextProps) {
  const id = useId()
  const field = useFocus<HTMLInputElement>(props.focus)
  return (
    <Around id={id} {...props}>
      <input
        ref={field}
        id={id}
        class="input"
        type={props.type ?? 'text'}
        value={props.value}
        onInput={(event) => props.set(event.currentTarget.value)}
        autocomplete={props.autocomplete ?? 'off'}
        maxLength={props.most}
        placeholder={props.placeholder}
        required={props.needed}
        autofocus={props.focus}
        inputMode={props.numeric ? 'numeric' : undefined}
        spellcheck={false}
        aria-invalid={props.wrong ? true : undefined}
        aria-describedby={described(id, props)}
      />
    </Around>
  )
}

export interface AreaProps extends Common {
  value: string
  set: (value: string) => void
  rows?: number
  most?: number
  placeholder?: string
  focus?: boolean
}

export function AreaField(props: AreaProps) {
  const id = useId()
  const field = useFocus<HTMLTextAreaElement>(props.focus)
  return (
    <Around id={id} {...props}>
      <textarea
        ref={field}
        id={id}
        class="input"
        rows={props.rows ?? 2}
        value={props.value}
        onInput={(event) => props.set(event.currentTarget.value)}
        maxLength={props.most}
        placeholder={props.placeholder}
        autofocus={props.focus}
        aria-invalid={props.wrong ? true : undefined}
        aria-describedby={described(id, props)}
      />
    </Around>
  )
}

export interface ChoiceProps<T extends string> extends Common {
  value: T
  set: (value: T) => void
  options: readonly { value: T; label: string }[]
}

export function SelectField<T extends string>(props: ChoiceProps<T>) {
  const id = useId()
  return (
    <Around id={id} {...props}>
      <select
        id={id}
        class="input"
        value={props.value}
        onChange={(event) => {
          const chosen = props.options.find((one) => one.value === event.currentTarget.value)
          if (chosen) props.set(chosen.value)
        }}
        aria-describedby={described(id, props)}
      >
        {props.options.map((one) => (
          <option key={one.value} value={one.value}>
            {one.label}
          </option>
        ))}
      </select>
    </Around>
  )
}

export function CheckField({ label, checked, set, hint }: { label: string; checked: boolean; set: (on: boolean) => void; hint?: string }) {
  const id = useId()
  return (
    <div class="check">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        onChange={(event) => set(event.currentTarget.checked)}
        aria-describedby={hint ? `${id}-hint` : undefined}
      />
      <label for={id}>{label}</label>
      {hint ? <p class="hint" id={`${id}-hint`}>{hint}</p> : null}
    </div>
  )
}
