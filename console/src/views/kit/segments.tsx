// One of a few: radio buttons that stand side by side.
import { useId } from 'preact/hooks'

export interface SegmentsProps<T extends string> {
  label: string
  value: T
  set: (value: T) => void
  options: readonly { value: T; label: string }[]
  /** Show the label above; otherwise only screen readers hear it. */
  labelled?: boolean
}

export function Segments<T extends string>({ label, value, set, options, labelled = false }: SegmentsProps<T>) {
  const name = useId()
  return (
    <fieldset class="segments">
      <legend class={labelled ? '' : 'unseen'}>{label}</legend>
      <div class="segments-row">
        {options.map((option) => (
          <label key={option.value} class={option.value === value ? 'chosen' : ''}>
            <input
              type="radio"
              name={name}
              class="unseen"
              checked={option.value === value}
              onChange={() => set(option.value)}
            />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
