// A search field in the head of a view; `/` goes there, Escape clears and leaves it.
import { useRef } from 'preact/hooks'
import { t } from '../../i18n'
import { useKeys } from '../../keys/use'
import { Kbd } from '../../parts/button'
import { Icon } from '../../parts/icon'

export function Find({ label, value, set }: { label: string; value: string; set: (value: string) => void }) {
  const field = useRef<HTMLInputElement>(null)
  useKeys(t('v2.search'), [{ key: '/', says: label, run: () => field.current?.focus() }])
  return (
    <label class="find">
      <Icon name="search" />
      <span class="unseen">{label}</span>
      <input
        ref={field}
        type="search"
        value={value}
        placeholder={label}
        spellcheck={false}
        autocomplete="off"
        aria-keyshortcuts="/"
        onInput={(event) => set(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.stopPropagation()
          set('')
          event.currentTarget.blur()
        }}
      />
      <Kbd keys="/" />
    </label>
  )
}
