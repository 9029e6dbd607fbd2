// A field of several names, separated by commas; it keeps what is being typed until it is left.
import { useEffect, useState } from 'preact/hooks'
import { TextField } from '../../parts/field'

/** Split what was typed into names: by commas and white space, each once. */
export function namesIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((each) => each !== ''))]
}

export interface WordsProps {
  label: string
  hint?: string
  value: readonly string[]
  set: (value: string[]) => void
}

export function Words({ label, hint, value, set }: WordsProps) {
  const [text, setText] = useState(value.join(', '))
  const told = value.join(' ')
  useEffect(() => {
    if (namesIn(text).join(' ') !== told) setText(value.join(', '))
  }, [told])
  return (
    <TextField
      label={label}
      {...(hint ? { hint } : {})}
      value={text}
      set={(typed) => {
        setText(typed)
        set(namesIn(typed))
      }}
    />
  )
}
