// A narrow field of a filter bar: its label stands inside, small, above what is typed.

export interface SmallProps {
  label: string
  value: string
  set: (value: string) => void
  type?: 'text' | 'date'
}

export function Small({ label, value, set, type = 'text' }: SmallProps) {
  return (
    <label class="small-field">
      <span>{label}</span>
      <input type={type} value={value} spellcheck={false} autocomplete="off" onInput={(event) => set(event.currentTarget.value)} />
    </label>
  )
}
