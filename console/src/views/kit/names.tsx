// Who did it: a moderator's name out of the ways the record writes it.
import { t } from '../../i18n'
import { Name } from '../../parts/quoted'

/** `moderator:mara` is mara; nobody is the machine. */
export function personOf(by: string): string {
  return by.replace(/^moderator:/, '')
}

export function By({ by }: { by: string }) {
  const person = personOf(by)
  return person === '' ? <span class="faint">{t('decisions.machine')}</span> : <Name name={person} />
}
