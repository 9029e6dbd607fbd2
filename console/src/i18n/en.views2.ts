// What the views of the shift say in English: all but queue, case and sign-in.
import { enInsight } from './en.insight.views2'
import { enLive } from './en.live.views2'
import { enTeam } from './en.team.views2'

export const enViews2 = { ...enInsight, ...enLive, ...enTeam } as const
