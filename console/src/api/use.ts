// Something asked of the API, as a component shows it: loading, there, or failed.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { epoch } from '../live/socket'
import { get } from './client'

export interface Asked<T> {
  /** What came last: it stays while newer is on its way, and when that fails. */
  data: T | null
  problem: unknown
  loading: boolean
  reload: () => void
  /** Put in its place what an answer or the live socket told. */
  set: (data: T | ((old: T | null) => T | null)) => void
}

/** Ask for `where` now, when it changes, and again whenever the live socket has come back. Null asks nothing. */
export function useAsked<T>(where: string | null): Asked<T> {
  const [data, setData] = useState<T | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [loading, setLoading] = useState(where !== null)
  const [turn, setTurn] = useState(0)
  const shown = useRef(where)
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
    get<T>(where, { signal: stop.signal }).then(
      (value) => {
        if (stop.signal.aborted) return
        setData(value)
        setLoading(false)
      },
      (error: unknown) => {
        if (stop.signal.aborted) return
        setProblem(error)
        setLoading(false)
      },
    )
    return () => stop.abort()
  }, [where, turn, greeted])

  const reload = useCallback(() => setTurn((n) => n + 1), [])
  const set = useCallback((value: T | ((old: T | null) => T | null)) => {
    setData((old) => (typeof value === 'function' ? (value as (old: T | null) => T | null)(old) : value))
  }, [])
  return { data, problem, loading, reload, set }
}
