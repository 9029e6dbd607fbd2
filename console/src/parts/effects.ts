// What a choice does, in words.
import type { Effect } from '../api/shapes'
import { count, say, t } from '../i18n'
import { lasting } from '../i18n/formats'

const TARGETS = {
  message: 'target.message',
  user: 'target.user',
  room: 'target.room',
  stream: 'target.stream',
} as const

const LASTING = new Set(['slow', 'mute', 'read_only', 'ban', 'blur', 'mute_audio', 'mute_video', 'cut', 'verify'])

/** "mute: 1 user, 10 min". */
export function effectText(effect: Effect): string {
  const targets = count(TARGETS[effect.target], effect.count)
  const words = `${say('effect', effect.kind)}: ${targets}`
  return LASTING.has(effect.kind) ? `${words}, ${lasting(effect.for_s)}` : words
}

/** Everything a choice does, in one line. */
export function effectsText(effects: readonly Effect[]): string {
  return effects.length === 0 ? t('effect.none') : effects.map(effectText).join(' · ')
}
