// Everything the console says in German.
import { deCases } from './de.cases'
import { deFrame } from './de.frame'
import { deViews2 } from './de.views2'
import { deWords } from './de.words'
import type { Catalogue } from './index'

export const de: Catalogue = { ...deFrame, ...deWords, ...deCases, ...deViews2 }
