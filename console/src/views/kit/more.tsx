// The end of a list in pages.
import { t } from '../../i18n'
import { Button } from '../../parts/button'
import type { Paged } from './paged'

export function More<T>({ list }: { list: Paged<T> }) {
  if (list.items.length === 0) return null
  return (
    <p class="more-line">
      {list.more ? (
        <Button run={list.more} busy={list.busy} small>
          {t('v2.load_more')}
        </Button>
      ) : (
        <span class="faint">{t('v2.all_shown')}</span>
      )}
    </p>
  )
}
