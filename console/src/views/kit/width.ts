// How wide an element is, in pixels: charts are drawn in them, so that their words are as large as all others.
import type { RefObject } from 'preact'
import { useLayoutEffect, useState } from 'preact/hooks'

export function useWidth(of: RefObject<Element>, least: number): number {
  const [wide, setWide] = useState(least)
  useLayoutEffect(() => {
    const element = of.current
    if (!element) return undefined
    const size = new ResizeObserver(() => setWide(Math.max(least, element.clientWidth)))
    size.observe(element)
    return () => size.disconnect()
  }, [least])
  return wide
}
