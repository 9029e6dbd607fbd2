// What a region takes that scrolls and may hold no control: it can be tabbed to, so that keys can scroll it.

/** Spread onto the element that scrolls; `label` is what it shows. */
export function scrolls(label: string): { tabIndex: number; role: 'region'; 'aria-label': string } {
  return { tabIndex: 0, role: 'region', 'aria-label': label }
}
