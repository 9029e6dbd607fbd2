// The rules of a policy: what each does, where it stands, and what it did today.
import { useState } from 'preact/hooks'
import type { RuleLine } from '../../api/shapes'
import { address, go } from '../../frame/route'
import { say, t } from '../../i18n'
import { number, percent } from '../../i18n/formats'
import { CheckField } from '../../parts/field'
import { Icon } from '../../parts/icon'
import { Chip, Severity } from '../../parts/marks'
import { scrolls } from '../../parts/scrolls'
import { Empty, Notice } from '../../parts/state'
import { useCursor } from '../kit/cursor'
import { Find } from '../kit/find'
import { Segments } from '../kit/segments'
import { Code } from './code'

type Stage = 'all' | 'act' | 'hold' | 'shadow'

export interface RulesProps {
  rules: RuleLine[]
  chosen: string | null
  version: string
}

export function Rules({ rules, chosen, version }: RulesProps) {
  const [words, setWords] = useState('')
  const [stage, setStage] = useState<Stage>('all')
  const [fired, setFired] = useState(false)
  const found = rules.filter((rule) => matches(rule, words) && (stage === 'all' || rule.stage === stage) && (!fired || rule.hits > 0))
  const rule = rules.find((each) => each.name === chosen) ?? null
  const choose = (name: string): void => go(address('policy', ['rules', name], { version }), true)
  return (
    <>
      <div class="filters">
        <Find label={t('policy.filter')} value={words} set={setWords} />
        <Segments
          label={t('policy.stage')}
          value={stage}
          set={setStage}
          options={[
            { value: 'all', label: t('policy.all_stages') },
            { value: 'act', label: say('stage', 'act') },
            { value: 'hold', label: say('stage', 'hold') },
            { value: 'shadow', label: say('stage', 'shadow') },
          ]}
        />
        <CheckField label={t('policy.only_hit')} checked={fired} set={setFired} />
      </div>
      <div class="split">
        <div class="split-list" {...scrolls(t('policy.rules'))}>
          {rules.length === 0 ? (
            <Empty title={t('policy.empty')}>{t('policy.empty_help')}</Empty>
          ) : found.length === 0 ? (
            <Empty title={t('policy.nothing')} />
          ) : (
            <Table rules={found} chosen={chosen} choose={choose} />
          )}
        </div>
        <aside class="split-detail" tabIndex={0} aria-label={t('policy.rule')}>{rule ? <Detail rule={rule} /> : <Empty title={t('policy.pick')} />}</aside>
      </div>
    </>
  )
}

function matches(rule: RuleLine, words: string): boolean {
  const asked = words.trim().toLowerCase()
  return asked === '' || `${rule.name} ${rule.category} ${rule.file} ${rule.then.join(' ')}`.toLowerCase().includes(asked)
}

const STAGE_TONES: Record<string, 'plain' | 'warn' | 'accent'> = { act: 'accent', hold: 'warn' }

function StageChip({ rule }: { rule: RuleLine }) {
  return (
    <span class="chips">
      <Chip tone={STAGE_TONES[rule.stage] ?? 'plain'}>{say('stage', rule.stage)}</Chip>
      {rule.percent < 100 ? <Chip tone="warn">{t('policy.canary', { share: percent(rule.percent / 100) })}</Chip> : null}
      {rule.eased ? <Chip tone="bad" title={rule.eased}>{t('policy.eased_short')}</Chip> : null}
    </span>
  )
}

const keyOf = (rule: RuleLine): string => rule.name

function Table({ rules, chosen, choose }: { rules: RuleLine[]; chosen: string | null; choose: (name: string) => void }) {
  const cursor = useCursor({
    title: t('policy.rules'),
    items: rules,
    keyOf,
    open: { says: t('policy.source'), run: (rule) => choose(rule.name) },
  })
  return (
    <table class="table rows">
      <thead>
        <tr>
          <th scope="col">{t('policy.rule')}</th>
          <th scope="col">{t('policy.category')}</th>
          <th scope="col">{t('policy.severity')}</th>
          <th scope="col">{t('policy.then')}</th>
          <th scope="col">{t('policy.stage')}</th>
          <th scope="col" class="number">{t('policy.hits')}</th>
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => {
          const row = cursor.row(rule)
          return (
            <tr
              key={rule.name}
              {...row}
              class={rule.name === chosen ? `${row.class} open` : row.class}
              onClick={() => {
                row.onClick()
                choose(rule.name)
              }}
            >
              <td class="strong nowrap">{rule.name}</td>
              <td class="soft">{rule.category}</td>
              <td><Severity severity={rule.severity} /></td>
              <td>{rule.then.join(', ')}</td>
              <td><StageChip rule={rule} /></td>
              <td class={rule.hits > 0 ? 'number' : 'number faint'}>{number(rule.hits)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function Detail({ rule }: { rule: RuleLine }) {
  return (
    <div class="detail">
      <header>
        <h2>{rule.name}</h2>
        <StageChip rule={rule} />
      </header>
      {rule.eased ? <Notice kind="warn"><strong>{t('policy.eased')}:</strong> {rule.eased}</Notice> : null}
      <dl class="facts">
        <div><dt>{t('policy.category')}</dt><dd>{rule.category}</dd></div>
        <div><dt>{t('policy.severity')}</dt><dd><Severity severity={rule.severity} /></dd></div>
        <div><dt>{t('policy.on')}</dt><dd>{rule.on.map((each) => say('surface', each)).join(', ')}</dd></div>
        <div><dt>{t('policy.then')}</dt><dd>{rule.then.join(', ')}</dd></div>
        {rule.case ? <div><dt>{t('policy.case')}</dt><dd>{rule.case}</dd></div> : null}
        <div>
          <dt>{t('policy.hits')}</dt>
          <dd><a class="link" href={address('decisions', [], { rule: rule.name })}>{number(rule.hits)}</a></dd>
        </div>
      </dl>
      <h3>
        {t('policy.source')}{' '}
        <a class="link" href={address('policy', ['files', rule.file], { line: String(rule.line) })}>
          {rule.file}:{rule.line} <Icon name="right" />
        </a>
      </h3>
      <Code text={rule.source} from={rule.line} />
    </div>
  )
}
