// Severity, priority and state of a case: each by colour, shape and word, never by colour alone.
import { say } from '../i18n'
import { t } from '../i18n'

const SHAPES: Record<string, string> = {
  critical: 'M5 .5h4L13 5v4L9 13H5L1 9V5z',
  high: 'M7 1l6.5 11.500h-13z',
  medium: 'M7 .8L13.2 7 7 13.2.8 7z',
  low: 'M7 1.500a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11Z',
}

/** Octagon, triangle, diamond, ring. `bare` leaves the word to screen readers. */
export function Severity({ severity, bare = false }: { severity: string; bare?: boolean }) {
  const known = severity in SHAPES ? severity : 'low'
  const word = say('severity', severity)
  return (
    <span class={`severity ${known}`} title={bare ? word : undefined}>
      <svg viewBox="0 0 14 14" width="12" height="12" aria-hidden="true">
        <path d={SHAPES[known] ?? ''} />
      </svg>
      <span class={bare ? 'unseen' : ''}>{word}</span>
    </span>
  )
}

export function Priority({ priority }: { priority: string }) {
  return (
    <span class={`priority ${priority}`} title={say('priority', priority)}>
      {priority.toUpperCase()}
    </span>
  )
}

/** A small word in a box: `tone` good, bad, warn, accent or plain. */
export function Chip({ children, tone = 'plain', title }: { children: string; tone?: 'plain' | 'good' | 'bad' | 'warn' | 'accent'; title?: string }) {
  return (
    <span class={`chip ${tone}`} title={title}>
      {children}
    </span>
  )
}

const TONES: Record<string, 'plain' | 'good' | 'bad' | 'warn' | 'accent'> = {
  allow: 'good', restore: 'good', approve: 'good', hold: 'warn', mask: 'warn', reduced: 'warn', self_only: 'warn',
  block: 'bad', remove: 'bad', ban: 'bad', kick: 'bad', cut: 'bad', mute: 'warn', slow: 'warn', care: 'accent',
}

/** What was done to a message, a user, a room or a stream. */
export function ActionChip({ action }: { action: string }) {
  return <Chip tone={TONES[action] ?? 'plain'}>{action ? say('action', action) : t('action.none')}</Chip>
}
