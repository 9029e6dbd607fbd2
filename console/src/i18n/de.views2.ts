// What the views of the shift say in German: all but queue, case and sign-in.
import { deInsight } from './de.insight.views2'
import { deLive } from './de.live.views2'
import { deTeam } from './de.team.views2'

export const deViews2 = { ...deInsight, ...deLive, ...deTeam }
