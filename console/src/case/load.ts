// One case, asked for once (each time is written down) and then kept as the live socket tells it.
import { useEffect, useRef, useState } from 'preact/hooks'
import { path, post } from '../api/client'
import type { CaseLine, CaseView } from '../api/shapes'
import { useAsked, type Asked } from '../api/use'
import { now } from '../frame/clock'
import { me } from '../frame/session'
import { useHeard, useTopic } from '../live/use'
import { answered, newer } from './newest'

export interface Opened {
  asked: Asked<CaseView>
  /** Who else looks at it now. */
  others: string[]
  /** Events that came since it was opened. */
  joined: number
  /** Show a line of it that an answer told. */
  show: (line: CaseLine) => void
}

const RENEW_S = 60
const IDLE_MS = 180_000

export function useCase(id: string): Opened {
  const told = useRef<CaseLine | null>(null)
  const asked = useAsked<CaseView>(path('cases', id), (view) => answered(view, told.current))
  const [others, setOthers] = useState<string[]>([])
  const line = asked.data?.case
  useTopic(`case:${id}`)

  const show = (fresh: CaseLine): void => {
    if (fresh.id !== id) return
    told.current = newer(told.current, fresh)
    asked.set((old) => old && { ...old, case: newer(old.case, fresh) })
  }
  useHeard('cases', ({ items }) => {
    for (const fresh of items) show(fresh)
  })
  useHeard('noted', ({ case: of, note }) => {
    if (of !== id) return
    asked.set((old) => {
      if (!old) return old
      // One's own note was shown before it was kept: the kept one takes its place.
      const others = old.notes.filter((one) => one.id !== note.id && !(one.id.startsWith('own ') && one.text === note.text))
      return { ...old, notes: [...others, note] }
    })
  })
  useHeard('viewers', ({ case: of, names }) => {
    if (of === id) setOthers(names.filter((name) => name !== me()))
  })
  useEffect(() => setOthers([]), [id])
  useLease(line, show)

  const known = asked.data ? Math.max(asked.data.members.items.length, asked.data.case.members) : 0
  const [seen, setSeen] = useState({ id: '', members: 0 })
  useEffect(() => {
    if (asked.data && seen.id !== id) setSeen({ id, members: asked.data.case.members })
  }, [asked.data, id])
  return { asked, others, joined: seen.id === id ? Math.max(0, known - Math.max(seen.members, asked.data?.members.items.length ?? 0)) : 0, show }
}

// A claim runs out; while its holder works here it is renewed, and when they have gone it is not.
function useLease(line: CaseLine | undefined, show: (line: CaseLine) => void): void {
  const mine = line !== undefined && line.state === 'claimed' && line.claimed_by === me()
  useEffect(() => {
    if (!mine) return undefined
    let active = Date.now()
    const act = (): void => {
      active = Date.now()
    }
    document.addEventListener('keydown', act)
    document.addEventListener('pointermove', act)
    const timer = setInterval(() => {
      if (document.hidden || Date.now() - active > IDLE_MS) return
      if (line.claim_until !== null && line.claim_until - now() > RENEW_S * 2) return
      // Failing is no news: the lease runs on, and whoever takes the case is shown.
      post<CaseLine>(path('cases', line.id, 'claim')).then(show, () => undefined)
    }, RENEW_S * 1000)
    return () => {
      clearInterval(timer)
      document.removeEventListener('keydown', act)
      document.removeEventListener('pointermove', act)
    }
  }, [mine, line?.id, line?.claim_until])
}
