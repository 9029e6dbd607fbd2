// What may be decided: each choice with its key and exactly what it will do.
import { useRef, useState } from 'preact/hooks'
import type { CaseView, Choice } from '../api/shapes'
import { t } from '../i18n'
import { lasting } from '../i18n/formats'
import { useKeys } from '../keys/use'
import { Kbd } from '../parts/button'
import { effectsText } from '../parts/effects'
import type { Deciding } from './deciding'
import { PreviewDialog } from './preview'
import { choiceName, keysOf } from './words'

const SPANS_S = [60, 600, 3600, 86_400, 7 * 86_400, 30 * 86_400]

export function Choices({ view, deciding }: { view: CaseView; deciding: Deciding }) {
  const line = view.case
  const [reason, setReason] = useState('')
  const [forS, setForS] = useState<number | null>(null)
  const [asked, setAsked] = useState<Choice | null>(null)
  const box = useRef<HTMLInputElement>(null)
  const keys = keysOf(view.choices)
  const timed = view.choices.some((choice) => choice.timed && !choice.denied)

  const spanOf = (choice: Choice): number | null => (choice.timed ? (forS ?? choice.for_s) : null)
  const pick = (choice: Choice): void => {
    if (choice.denied || deciding.busy) return
    if (choice.confirm) setAsked(choice)
    else void deciding.decide(choice, { for_s: spanOf(choice), reason })
  }
  useKeys(t('case.decide'), [
    ...view.choices.map((choice, n) => ({ key: keys[n] ?? '', says: choiceName(choice.id), run: () => pick(choice) })),
    { key: 'y', says: t('case.keys.reason'), run: () => box.current?.focus() },
  ])

  return (
    <section class="choices" aria-label={t('case.decide')}>
      <ul>
        {view.choices.map((choice, n) => (
          <One key={choice.id} choice={choice} keys={keys[n] ?? ''} first={n === 0} forS={spanOf(choice)} busy={deciding.busy} pick={pick} />
        ))}
      </ul>
      {timed ? (
        <label class="inline">
          <span>{t('case.for')}</span>
          <select class="input" value={forS ?? ''} onChange={(event) => setForS(Number(event.currentTarget.value) || null)}>
            <option value="">{t('case.for.default')}</option>
            {SPANS_S.map((s) => (
              <option key={s} value={s}>
                {lasting(s)}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <label class="inline">
        <span>
          {t('case.reason')} <Kbd keys="y" />
        </span>
        <input
          ref={box}
          class="input"
          value={reason}
          maxLength={500}
          placeholder={t('case.reason.hint')}
          onInput={(event) => setReason(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            event.stopPropagation()
            event.currentTarget.blur()
          }}
        />
      </label>
      {asked ? (
        <PreviewDialog
          caseId={line.id}
          choice={asked}
          forS={spanOf(asked)}
          close={() => setAsked(null)}
          confirm={async (preview) => {
            await deciding.decide(asked, { for_s: spanOf(asked), reason, preview: preview.token }, true)
            setAsked(null)
          }}
        />
      ) : null}
    </section>
  )
}

interface OneProps {
  choice: Choice
  keys: string
  first: boolean
  forS: number | null
  busy: string
  pick: (choice: Choice) => void
}

function One({ choice, keys, first, forS, busy, pick }: OneProps) {
  const off = choice.denied !== '' || (busy !== '' && busy !== choice.id)
  const effects = choice.timed && forS !== null ? choice.effects.map((one) => (one.target === 'message' ? one : { ...one, for_s: forS })) : choice.effects
  return (
    <li>
      <button
        type="button"
        class={`choice${first ? ' first' : ''}${choice.restricts ? ' restricts' : ''}`}
        aria-disabled={off}
        aria-busy={busy === choice.id}
        aria-keyshortcuts={keys}
        onClick={() => pick(choice)}
      >
        <Kbd keys={keys} />
        <span class="name">
          {choiceName(choice.id)}
          {choice.confirm ? '…' : ''}
        </span>
        <span class="does">{choice.denied || effectsText(effects)}</span>
      </button>
    </li>
  )
}
