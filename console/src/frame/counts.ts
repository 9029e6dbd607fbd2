// The queues' numbers beside the navigation: asked once, then as the live socket tells them.
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { get, path } from '../api/client'
import type { OnCallList, QueueLine, QueueList } from '../api/shapes'
import { epoch } from '../live/socket'
import { useHeard } from '../live/use'
import { may } from './session'

export const queues = signal<QueueLine[]>([])
export const onCall = signal<OnCallList | null>(null)

/** Cases that wait for somebody. */
export function waiting(lines: readonly QueueLine[]): number {
  return lines.reduce((sum, line) => sum + line.open + line.escalated, 0)
}

/** Keep the numbers fresh while the shell is shown. A failure leaves the old ones. */
export function useCounts(): void {
  const greeted = epoch.value
  useHeard('queues', (told) => {
    queues.value = told.items
  })
  useEffect(() => {
    const stop = new AbortController()
    const asking = { signal: stop.signal }
    if (may('cases.read')) {
      void get<QueueList>(path('queues'), asking).then((list) => (queues.value = list.items), () => undefined)
    }
    const people = (): void => {
      if (!may('pages.read') || document.hidden) return
      void get<OnCallList>(path('oncall'), asking).then((list) => (onCall.value = list), () => undefined)
    }
    people()
    const timer = setInterval(people, 60_000)
    return () => {
      stop.abort()
      clearInterval(timer)
    }
  }, [greeted])
}
