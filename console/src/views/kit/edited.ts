// A document that several people edit: a draft beside what stands, saved only over the version it began from.
import { useState } from 'preact/hooks'
import { put } from '../../api/client'
import { Problem } from '../../api/problem'
import { type Asked, useAsked } from '../../api/use'
import { toastProblem } from '../../parts/toast'

export interface Edited<D, B> {
  asked: Asked<D>
  /** What is being written; null until the document is here. */
  draft: B | null
  changed: boolean
  busy: boolean
  /** Somebody saved another version meanwhile. */
  overtaken: boolean
  set: (draft: B) => void
  discard: () => void
  save: () => void
}

const OVERTAKEN = 412

/** Edit the document at `where`; `bodyOf` is the part of it that is sent. */
export function useEdited<D extends { version: number }, B>(where: string, bodyOf: (stands: D) => B): Edited<D, B> {
  const asked = useAsked<D>(where)
  const [mine, setMine] = useState<{ body: B; version: number } | null>(null)
  const [busy, setBusy] = useState(false)
  const [overtaken, setOvertaken] = useState(false)
  const stands = asked.data
  const discard = (): void => {
    setMine(null)
    setOvertaken(false)
    asked.reload()
  }
  const save = (): void => {
    if (mine === null || busy) return
    setBusy(true)
    put<D>(where, mine.body, { version: mine.version })
      .then(
        (shown) => {
          asked.set(shown)
          setMine(null)
          setOvertaken(false)
        },
        (problem: unknown) => {
          if (problem instanceof Problem && problem.status === OVERTAKEN) setOvertaken(true)
          else toastProblem(problem)
        },
      )
      .finally(() => setBusy(false))
  }
  return {
    asked,
    draft: mine?.body ?? (stands === null ? null : bodyOf(stands)),
    changed: mine !== null,
    busy,
    overtaken,
    // A draft keeps the version it began from: what stands may be asked anew while it is written.
    set: (body) => setMine((old) => ({ body, version: old?.version ?? stands?.version ?? 0 })),
    discard,
    save,
  }
}
