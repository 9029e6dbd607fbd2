// A nuke as it is being written, and the body it becomes.
import type { NukeBody } from '../../api/shapes'

export type NukeAction = 'remove' | 'mute' | 'ban'

export interface Draft {
  phrase: string
  action: NukeAction
  /** '' means every room. */
  room: string
  backMinutes: number
  aheadMinutes: number
  /** Seconds a mute or ban lasts; null: until reversed. */
  forS: number | null
  most: number
  reason: string
}

export const FRESH: Draft = {
  phrase: '',
  action: 'remove',
  room: '',
  backMinutes: 10,
  aheadMinutes: 10,
  forS: 600,
  most: 500,
  reason: '',
}

export const BACK = [0, 1, 5, 10, 30, 60]
export const AHEAD = [0, 5, 10, 30, 60, 240, 1440]
export const LEAST_PHRASE = 2

/** Return what is asked of the gateway; a removal has no duration. */
export function bodyOf(draft: Draft, preview: string | null): NukeBody {
  const body: NukeBody = {
    phrase: draft.phrase.trim(),
    action: draft.action,
    room: draft.room === '' ? null : draft.room,
    back_s: draft.backMinutes * 60,
    ahead_s: draft.aheadMinutes * 60,
    for_s: draft.action === 'remove' ? null : draft.forS,
    most: draft.most,
    reason: draft.reason.trim(),
  }
  return preview === null ? body : { ...body, preview }
}

/** Say whether a draft can be previewed at all; the rest is the gateway's to refuse. */
export function isReady(draft: Draft): boolean {
  return (
    [...draft.phrase.trim()].length >= LEAST_PHRASE &&
    draft.most >= 1 &&
    draft.most <= 5000 &&
    draft.backMinutes + draft.aheadMinutes > 0
  )
}

/** Say whether what was typed is the number that was asked for, however people group digits. */
export function confirms(typed: string, messages: number): boolean {
  const digits = typed.replace(/[\s.,'\u00a0\u202f]/g, '')
  return /^\d+$/.test(digits) && Number(digits) === messages
}
