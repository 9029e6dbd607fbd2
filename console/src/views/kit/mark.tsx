// What was done to a message: a shape and a word, the colour only besides.
import { say } from '../../i18n'

type Kind = 'let' | 'softened' | 'held' | 'taken'

const KINDS: Record<string, Kind> = {
  allow: 'let', restore: 'let', flag: 'let', mask: 'softened', reduced: 'softened', self_only: 'softened', warn: 'softened',
  care: 'softened', slow: 'softened', blur: 'softened', hold: 'held', verify: 'held', block: 'taken', remove: 'taken',
  mute: 'taken', mute_audio: 'taken', mute_video: 'taken', read_only: 'taken', kick: 'taken', ban: 'taken', cut: 'taken',
}

const SHAPES: Record<Kind, string> = {
  let: 'M2.5 6.500l2.5 2.500 4.500-5.500',
  softened: 'M1.500 6c1.500-2.500 3-2.500 4.500 0s3 2.500 4.500 0',
  held: 'M4 2.500v7M8 2.500v7',
  taken: 'M2.500 2.500l7 7M9.500 2.500l-7 7',
}

export function kindOf(action: string): Kind {
  return KINDS[action] ?? 'softened'
}

/** `quiet` shows what was let through by its shape alone (its word is still heard). */
export function Mark({ action, quiet = false }: { action: string; quiet?: boolean }) {
  const kind = kindOf(action)
  const word = say('action', action)
  return (
    <span class={`mark ${kind}`} title={word}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        <path d={SHAPES[kind]} />
      </svg>
      <span class={quiet && kind === 'let' ? 'unseen' : ''}>{word}</span>
    </span>
  )
}
