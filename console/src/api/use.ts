// Something asked of the API, as a component shows it: loading, there, or failed.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { epoch } from '../live/socket'
import { get } from './client'
import { changed, landed, type Change } from './landing'

export interface Asked<T> {
  /** What came last: it stays while newer is on its way, and when that fails. */
  data: T | null
  problem: unknown
  loading: boolean
  reload: () => void
  /** Put in its place what an answer or the live socket told; over an answer that is on its way, too. */
  set: (change: Change<T>) => void
}

const same = <T>(answer: T): T => answer

/**
 * Ask for `where` now, when it changes, and again whenever the live socket has come back. Null asks nothing.
 * `newest` gives an answer with whatever is known to be newer than it; where that is something, it is asked for once more.
 */
export function useAsked<T>(where: string | null, newest: (answer: T) => T = same): Asked<T> {
  const [data, setData] = useState<T | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [loading, setLoading] = useState(where !== null)
  const [turn, setTurn] = useState(0)
  const shown = useRef(where)
  const meanwhile = useRef<Change<T>[] | null>(null)
  const known = useRef(newest)
  known.current = newest
  const repeated = useRef(-1)
  const greeted = epoch.value

  useEffect(() => {
    if (shown.current !== where) {
      shown.current = where
      setData(null)
    }
    setProblem(null)
    setLoading(where !== null)
    if (where === null) return undefined
    const stop = new AbortController()
    const told: Change<T>[] = []
    meanwhile.current = told
    get<T>(where, { signal: stop.signal }).then(
      (value) => {
        if (stop.signal.aborted) return
        meanwhile.current = null
        const best = known.current(value)
        setData(landed(best, told))
        setLoading(false)
        // Once: what stays behind is not asked for without end.
        if (best !== value && repeated.current !== turn) {
          repeated.current = turn + 1
          setTurn(turn + 1)
        }
      },
      (error: unknown) => {
        if (stop.signal.aborted) return
        meanwhile.current = null
        setProblem(error)
        setLoading(false)
      },
    )
    return () => stop.abort()
  }, [where, turn, greeted])

  const reload = useCallback(() => setTurn((n) => n + 1), [])
  const set = useCallback((change: Change<T>) => {
    meanwhile.current?.push(change)
    setData((old) => changed(old, change))
  }, [])
  return { data, problem, loading, reload, set }
}
