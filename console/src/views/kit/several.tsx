// A choice of several of a few: check boxes that look like a row of buttons.
import { useId } from 'preact/hooks'

export interface SeveralProps<T extends string> {
  label: string
  chosen: readonly T[]
  options: readonly { value: T; label: string }[]
  toggle: (value: T) => void
  off?: boolean
}

export function Several<T extends string>({ label, chosen, options, toggle, off = false }: SeveralProps<T>) {
  const name = useId()
  return (
    <fieldset class="segments several" disabled={off}>
      <legend>{label}</legend>
      <div class="segments-row">
        {options.map((option) => (
          <label key={option.value} class={chosen.includes(option.value) ? 'chosen' : ''}>
            <input type="checkbox" name={name} class="unseen" checked={chosen.includes(option.value)} onChange={() => toggle(option.value)} />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
