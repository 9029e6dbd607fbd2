// What a decision did, part by part, with what became of each.
import { useState } from 'preact/hooks'
import type { Part } from '../../api/shapes'
import { say, t } from '../../i18n'
import { lasting, number } from '../../i18n/formats'
import { Button } from '../../parts/button'
import { Chip } from '../../parts/marks'
import { Name } from '../../parts/quoted'
import { Mark } from '../kit/mark'

/** A raid has hundreds of parts: so many are drawn at first. */
const FIRST = 50
const TONES: Record<string, 'plain' | 'good' | 'bad' | 'warn'> = { done: 'good', failed: 'bad', planned: 'warn' }

export function Parts({ items }: { items: Part[] }) {
  const [all, setAll] = useState(false)
  if (items.length === 0) return <p class="hint">{t('decisions.no_parts')}</p>
  const shown = all ? items : items.slice(0, FIRST)
  return (
    <>
      <ul class="parts">
        {shown.map((part) => (
          <li key={part.n}>
            <Mark action={part.kind} />
            <span class="to">
              <span class="faint">{say('target', part.target)}</span> <Name name={part.id || part.room} />
              {part.for_s === null ? null : <span class="faint"> {lasting(part.for_s)}</span>}
            </span>
            <Chip tone={TONES[part.state] ?? 'plain'}>{say('part', part.state)}</Chip>
            {part.why ? <p class="hint">{part.why}</p> : null}
          </li>
        ))}
      </ul>
      {shown.length < items.length ? (
        <Button run={() => setAll(true)} small>{t('decisions.all_parts', { n: number(items.length) })}</Button>
      ) : null}
    </>
  )
}
