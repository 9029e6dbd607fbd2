// Decisions as a table; the row under the cursor is shown beside it.
import type { DecisionLine } from '../../api/shapes'
import { say, t } from '../../i18n'
import { dateTime, number, when } from '../../i18n/formats'
import { Chip } from '../../parts/marks'
import { Line, Name } from '../../parts/quoted'
import { useCursor } from '../kit/cursor'
import { By } from '../kit/names'

const TONES: Record<string, 'plain' | 'good' | 'bad' | 'warn'> = { partly: 'warn', failed: 'bad', planned: 'warn', applying: 'warn' }

/** A decision that was carried out but for some parts is told from one that was wholly. */
export function StateChip({ line }: { line: DecisionLine }) {
  const state = line.state === 'applied' && line.failed > 0 ? 'partly' : line.state
  return <Chip tone={TONES[state] ?? 'plain'}>{say('decision_state', state)}</Chip>
}

/** What was chosen, in words: a person's choice, or the machine's action. */
export function chosenWords(line: DecisionLine): string {
  return line.machine ? say('action', line.action || line.choice) : say('choice', line.choice || line.action)
}

const keyOf = (line: DecisionLine): string => line.id

export interface LinesProps {
  items: DecisionLine[]
  chosen: string | null
  choose: (id: string) => void
}

export function Lines({ items, chosen, choose }: LinesProps) {
  const cursor = useCursor({
    title: t('decisions.title'),
    items,
    keyOf,
    open: { says: t('decisions.open_key'), run: (line) => choose(line.id) },
  })
  return (
    <table class="table rows">
      <thead>
        <tr>
          <th scope="col">{t('decisions.when')}</th>
          <th scope="col">{t('decisions.choice')}</th>
          <th scope="col">{t('decisions.by')}</th>
          <th scope="col">{t('decisions.where')}</th>
          <th scope="col">{t('decisions.rule')}</th>
          <th scope="col" class="number">{t('decisions.parts')}</th>
          <th scope="col">{t('decisions.state')}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((line) => {
          const row = cursor.row(line)
          return (
            <tr
              key={line.id}
              {...row}
              class={line.id === chosen ? `${row.class} open` : row.class}
              onClick={() => {
                row.onClick()
                choose(line.id)
              }}
            >
              <td title={dateTime(line.at)}>{when(line.at)}</td>
              <td class={line.state === 'undone' ? 'strong sentence struck' : 'strong sentence'}>{chosenWords(line)}</td>
              <td>{line.machine ? <span class="faint">{t('decisions.machine')}</span> : <By by={line.by} />}</td>
              <td><Name name={line.room} /></td>
              <td class="soft"><Line text={line.rule} most={40} /></td>
              <td class="number nowrap">{line.parts === line.done || line.undone !== null ? number(line.parts) : t('v2.of', { n: number(line.done), all: number(line.parts) })}</td>
              <td><StateChip line={line} /></td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
