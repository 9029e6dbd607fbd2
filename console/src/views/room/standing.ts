// How a switch stands, in one word: a person's hand first, then what holds by itself.
import type { Switch } from '../../api/shapes'

/** The order of the switches, the gentlest last: keys 1 … 5 follow it. */
export const ORDER = ['shield', 'slow_all', 'links_off', 'verified_only', 'locked']

export interface Standing {
  key: 'switches.on' | 'switches.off' | 'switches.auto_on' | 'switches.auto'
  tone: 'on' | 'off' | 'auto-on' | 'auto'
  /** Until when; null until reversed; undefined where nothing ends. */
  until: number | null | undefined
}

export function stateOf(one: Switch): Standing {
  if (one.switch === true) return { key: 'switches.on', tone: 'on', until: one.until }
  if (one.switch === false) return { key: 'switches.off', tone: 'off', until: one.until }
  if (one.in_force) return { key: 'switches.auto_on', tone: 'auto-on', until: one.ends }
  return { key: 'switches.auto', tone: 'auto', until: undefined }
}
