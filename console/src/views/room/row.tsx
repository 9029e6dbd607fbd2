// One message with what was decided about it.
import { memo } from './memo'
import type { ContextLine } from '../../api/shapes'
import { t } from '../../i18n'
import { clock } from '../../i18n/formats'
import { Name, Quoted } from '../../parts/quoted'
import { Mark, kindOf } from '../kit/mark'
import { type Deed, Menu } from '../kit/menu'

export interface RowProps {
  line: ContextLine
  at: boolean
  choose: () => void
  deeds: Deed[]
  menu: boolean
  setMenu: (open: boolean) => void
}

function Message({ line, at, choose, deeds, menu, setMenu }: RowProps) {
  return (
    <div class={`chat-row ${kindOf(line.action)}${at ? ' at' : ''}`} aria-current={at ? 'true' : undefined} onClick={choose}>
      <time class="at-time">{clock(line.at)}</time>
      <Mark action={line.action} quiet />
      <span class="who"><Name name={line.name} id={line.user} /></span>
      <span class="said"><Quoted text={line.text} most={400} lines={6} /></span>
      {deeds.length > 0 ? (
        <Menu label={t('room.menu', { name: line.name || line.user })} deeds={deeds} open={menu} setOpen={setMenu} kind="quiet">
          <span class="dots" aria-hidden="true">…</span>
        </Menu>
      ) : null}
    </div>
  )
}

// A batch comes each 100 ms: rows that did not change are not drawn again.
export const Row = memo(Message, (old, now) => old.line === now.line && old.at === now.at && old.menu === now.menu)
