// What somebody wrote: isolated from the text around it, never markup, never a link, clamped when long.
import { useMemo, useState } from 'preact/hooks'
import type { Span } from '../api/shapes'
import { t } from '../i18n'
import { number } from '../i18n/formats'
import { clamp, pieces } from './glyphs'

export interface QuotedProps {
  text: string
  spans?: readonly Span[]
  /** The most code points and lines before "show all". */
  most?: number
  lines?: number
}

const NONE: readonly Span[] = []
/** Even "show all" stops here: a megabyte of marks would stop the browser. */
const WHOLE = 50_000

/** A message of several lines. */
export function Quoted({ text, spans = NONE, most = 600, lines = 12 }: QuotedProps) {
  const [all, setAll] = useState(false)
  const cut = useMemo(() => clamp(text, all ? WHOLE : most, all ? WHOLE : lines), [text, all, most, lines])
  return (
    <span class="quoted">
      <Written text={cut.text} spans={spans} />
      {cut.cut && !all ? (
        <button type="button" class="more" aria-expanded={false} onClick={() => setAll(true)}>
          {t('quoted.all', { n: number(text.length) })}
        </button>
      ) : null}
      {cut.cut && all ? <span class="more">{t('quoted.cut', { n: number(WHOLE) })}</span> : null}
    </span>
  )
}

/** One line of it, for lists: line breaks are spaces, what is too long ends in an ellipsis. */
export function Line({ text, spans = NONE, most = 200 }: { text: string; spans?: readonly Span[]; most?: number }) {
  const cut = useMemo(() => clamp(text, most, 100), [text, most])
  return (
    <span class="line">
      <Written text={cut.text.replaceAll('\n', ' ')} spans={spans} />
      {cut.cut ? '…' : ''}
    </span>
  )
}

function Written({ text, spans }: { text: string; spans: readonly Span[] }) {
  const found = useMemo(() => pieces(text, spans), [text, spans])
  return (
    <bdi dir="auto">
      {found.map((piece, n) => {
        const shown = piece.kind === 'hidden' ? <span key={n} class="hidden" title={t('quoted.hidden')}>{piece.text}</span> : piece.text
        if (piece.rules.length === 0) return shown
        return (
          <mark key={n} title={piece.rules.join(', ')}>
            {shown}
          </mark>
        )
      })}
    </bdi>
  )
}

/** A name somebody gave themselves, or an id of outside: short, isolated. */
export function Name({ name, id }: { name: string; id?: string }) {
  const text = name || id || ''
  const cut = clamp(text, 64, 1)
  return (
    <span class="name" title={id && id !== name ? id : undefined}>
      <Written text={cut.cut ? `${cut.text}…` : cut.text} spans={NONE} />
    </span>
  )
}
