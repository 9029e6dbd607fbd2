// Light or dark: the tokens follow `color-scheme`, which follows the system unless somebody chose.
import type { Settings } from '../api/shapes'

/** Show a theme from now on. */
export function setTheme(theme: NonNullable<Settings['theme']>): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}
