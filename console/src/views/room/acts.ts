// What a person may do to a message or its writer from the room, by key and by menu.
import { useState } from 'preact/hooks'
import { path, post } from '../../api/client'
import { Problem } from '../../api/problem'
import type { ActBody, ContextLine, DecisionShown } from '../../api/shapes'
import { address, go } from '../../frame/route'
import { may } from '../../frame/session'
import { t } from '../../i18n'
import type { Bound } from '../../keys/registry'
import { toast, toastProblem } from '../../parts/toast'
import type { Deed } from '../kit/menu'

/** As everywhere: takes back what was done last. */
const UNDO_KEY = 'u'
const MUTE_S = 600
const GONE = new Set(['remove', 'block', 'self_only', 'hold'])

export interface Acts {
  deeds: (line: ContextLine) => Deed[]
  keys: (line: ContextLine) => Bound[]
  /** Whose ban waits for a word. */
  banning: ContextLine | null
  stop: () => void
  ban: (line: ContextLine, reason: string, forS: number | null) => Promise<void>
}

export type Restyle = (event: string, action: string) => void

/** Say whether a message is not in sight of others, so that it can be restored. */
export function isGone(action: string): boolean {
  return GONE.has(action)
}

export function useActs(room: string, restyle: Restyle): Acts {
  const [banning, setBanning] = useState<ContextLine | null>(null)
  const send = async (line: ContextLine, body: ActBody, told: 'remove' | 'restore' | 'mute' | 'warn' | 'ban'): Promise<void> => {
    const shown = await post<DecisionShown>(path('rooms', room, 'actions'), body)
    const failed = shown.items.find((part) => part.state === 'failed')
    if (failed) throw new Problem(0, 'part_failed', t('room.part_failed', { why: failed.why }))
    const name = line.name || line.user
    toast({
      text: t(`room.done.${told}`, { name }),
      ...(may('decisions.undo') && told !== 'warn'
        ? { action: { label: t('v2.undo'), key: UNDO_KEY, run: () => void undo(shown, line) } }
        : {}),
    })
  }
  const undo = async (shown: DecisionShown, line: ContextLine): Promise<void> => {
    try {
      await post(path('decisions', shown.decision.id, 'undo'), {})
      restyle(line.event, line.action)
      toast({ text: t('v2.undone') })
    } catch (problem) {
      toastProblem(problem)
    }
  }
  const message = (line: ContextLine): void => {
    const kind = isGone(line.action) ? 'restore' : 'remove'
    // Shown at once, because it can be undone; put back if the gateway refuses.
    restyle(line.event, kind === 'remove' ? 'remove' : 'allow')
    send(line, { target: 'message', id: line.event, rev: line.rev, kind }, kind).catch((problem: unknown) => {
      restyle(line.event, line.action)
      toastProblem(problem)
    })
  }
  const user = (line: ContextLine, kind: 'warn' | 'mute', forS: number | null): void => {
    send(line, { target: 'user', id: line.user, kind, for_s: forS }, kind).catch(toastProblem)
  }
  const deeds = (line: ContextLine): Deed[] => {
    const found: Deed[] = []
    if (may('rooms.act')) {
      const word = isGone(line.action) ? t('room.restore') : t('room.remove')
      found.push({ id: 'message', label: word, run: () => message(line), keys: 'r' })
      found.push({ id: 'warn', label: t('room.warn'), run: () => user(line, 'warn', null), keys: 'w' })
      found.push({ id: 'mute', label: t('room.mute10'), run: () => user(line, 'mute', MUTE_S), keys: 'm' })
      found.push({ id: 'ban', label: t('room.ban'), run: () => setBanning(line), keys: 'b', danger: true })
    }
    if (may('decisions.read')) {
      const where = address('decisions', [], { user: line.user })
      found.push({ id: 'history', label: t('room.history'), run: () => go(where), keys: 'h' })
    }
    return found
  }
  return {
    deeds,
    keys: (line) => deeds(line).flatMap((deed) => (deed.keys ? [{ key: deed.keys, says: deed.label, run: deed.run }] : [])),
    banning,
    stop: () => setBanning(null),
    ban: (line, reason, forS) => send(line, { target: 'user', id: line.user, kind: 'ban', for_s: forS, reason }, 'ban'),
  }
}
