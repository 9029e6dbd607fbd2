// Does something at most every few seconds, however often it is asked for; the last word is heard.
import { useEffect, useRef } from 'preact/hooks'

export function useCalm(run: () => void, everyS: number): () => void {
  const latest = useRef(run)
  latest.current = run
  const timer = useRef(0)
  const last = useRef(0)
  useEffect(() => () => clearTimeout(timer.current), [])
  return () => {
    if (timer.current !== 0) return
    const wait = Math.max(0, last.current + everyS * 1000 - Date.now())
    timer.current = window.setTimeout(() => {
      timer.current = 0
      last.current = Date.now()
      latest.current()
    }, wait)
  }
}
