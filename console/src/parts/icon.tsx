// The console's icons: 16 units wide, drawn in the colour of the text beside them.
const PATHS = {
  queue: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  hold: 'M5.5 3.500v9M10.5 3.500v9',
  search: 'M7 11.500a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.5 10.500l3 3',
  room: 'M2.5 3.500h11v7.500h-6l-3 2.500v-2.500h-2z',
  stream: 'M2.5 4.500h7.500v7h-7.500zM10 7l3.5-2v6l-3.5-2',
  nuke: 'M8 2v3M8 11v3M2 8h3M11 8h3M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  chart: 'M3 13V8M7 13V3M11 13V6M14 13.500H2',
  policy: 'M4 2.500h5.500l2.5 2.500v8.500H4zM6 7h4M6 10h4',
  bell: 'M4 11.500V7a4 4 0 0 1 8 0v4.500l1 .5H3zM6.8 13.800h2.4',
  people: 'M6 7.500a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.600ZM2 13c.2-2.5 1.8-3.8 4-3.800s3.8 1.3 4 3.800M10.5 3.200a2.2 2.2 0 0 1 0 4.200M11.8 9.500c1.4.5 2.2 1.7 2.3 3.5',
  audit: 'M3 3.500h10M3 6.500h10M3 9.500h5M9.5 12l1.5 1.5 3-3.5',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.500l3.5 3.500L13 4.5',
  warn: 'M8 2.500l6 11H2zM8 6.500v3.500M8 11.500v.5',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  left: 'M10 4L6 8l4 4',
  eye: 'M1.8 8s2.2-4.2 6.2-4.200S14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8ZM8 9.800a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.600Z',
  lock: 'M4 7.500h8v6H4zM5.5 7.500v-2a2.5 2.5 0 0 1 5 0v2',
  undo: 'M3 6.500h6.500a3 3 0 0 1 0 6.500H6M3 6.500l3-3M3 6.500l3 3',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 5v3.300l2.2 1.5',
  user: 'M8 8a2.7 2.7 0 1 0 0-5.400A2.7 2.7 0 0 0 8 8ZM3 14c.2-3 2.2-4.5 5-4.500s4.8 1.5 5 4.5',
  plus: 'M8 3v10M3 8h10',
  key: 'M2.5 4.500h11v7h-11zM5 7h.5M8 7h.5M11 7h.5M5.5 9.500h5',
  play: 'M5 3.500l7.5 4.500L5 12.500z',
} as const

export type IconName = keyof typeof PATHS

/** An icon. Decoration only: what it means is said beside it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
