// The message catalogue: typed keys, English always there, other languages fetched when chosen.
import { signal } from '@preact/signals'
import { en } from './en'

export type Language = 'en' | 'de'
export type Key = keyof typeof en
export type Catalogue = Record<Key, string>
type CountKey = { [K in Key]: K extends `${infer S}.one` ? S : never }[Key]
export type Values = Record<string, string | number>

export const language = signal<Language>('en')
const strings = signal<Catalogue>(en)

let wantedLast: Language = 'en'

/** The first of a browser's languages that the console speaks. */
export function spokenIn(browser: readonly string[]): Language {
  const known = browser.map((each) => each.toLowerCase().split('-')[0]).find((each) => each === 'en' || each === 'de')
  return known === 'de' ? 'de' : 'en'
}

/** Change the language, `system` to the browser's; the page's own `lang` follows, for screen readers and hyphenation. */
export async function setLanguage(setting: Language | 'system'): Promise<void> {
  const wanted = setting === 'system' ? spokenIn(navigator.languages) : setting
  wantedLast = wanted
  let found: Catalogue = en
  if (wanted === 'de') {
    try {
      found = (await import('./de')).de
    } catch {
      // Its file is out of reach (offline, or a newer version was put in place): what is there stays.
      return
    }
  }
  if (wanted !== wantedLast) return // another one was chosen while its file came
  strings.value = found
  language.value = wanted
  document.documentElement.lang = wanted
}

/** Put values into `{places}`. What has no value stays as it stands, so that it is seen. */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : String(value)
  })
}

/** Say a message. */
export function t(key: Key, values?: Values): string {
  const text = strings.value[key]
  return values ? fill(text, values) : text
}

/** Say a message about a number: `key.one` or `key.other`, as the language counts. `{n}` is the number. */
export function count(key: CountKey, n: number, values: Values = {}): string {
  const form = new Intl.PluralRules(language.value).select(n) === 'one' ? 'one' : 'other'
  const shown = new Intl.NumberFormat(language.value).format(n)
  return t(`${key}.${form}` as Key, { n: shown, ...values })
}

/** Say a word of the gateway's (`say('state', 'open')` is the message `state.open`), or show it as it is. */
export function say(kind: string, word: string): string {
  const known: Record<string, string> = strings.value
  return known[`${kind}.${word}`] ?? word
}
