// The live socket inside components.
import { useEffect, useRef } from 'preact/hooks'
import type { Tag, Told } from './messages'
import { listen, watch } from './socket'

/** Watch a topic while the component is shown; null watches nothing. */
export function useTopic(topic: string | null): void {
  useEffect(() => (topic === null ? undefined : watch(topic)), [topic])
}

/** Hear messages of a type while the component is shown. */
export function useHeard<T extends Tag>(type: T, ear: (told: Told<T>) => void): void {
  const latest = useRef(ear)
  latest.current = ear
  useEffect(() => listen(type, (told) => latest.current(told)), [type])
}
