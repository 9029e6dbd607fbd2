// Asks again every few seconds, for lists that no topic tells of; a hidden page waits.
import { useEffect } from 'preact/hooks'

export function usePoll(again: () => void, everyS: number): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) again()
    }, everyS * 1000)
    return () => clearInterval(timer)
  }, [again, everyS])
}
