// In how much of the examined sound speech was found.
import type { Coverage } from '../../api/shapes'
import { t } from '../../i18n'
import { percent } from '../../i18n/formats'

/** Say it of a report. The gateway tells no share where it examined no sound. */
export function heardOf({ voiced }: Pick<Coverage, 'voiced'>): string {
  return voiced === undefined ? t('stream.no_sound') : t('stream.voiced', { share: percent(voiced) })
}
