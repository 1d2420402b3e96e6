// The page's own part of the URL as a signal.
import {computed} from '@preact/signals';
import type {Settings} from '../../logic/compare/settings.ts';
import {readSettings, writeSettings} from '../../logic/compare/settings.ts';
import type {View} from '../../logic/view.ts';
import {change, view} from '../../state.ts';

export const settings = computed(() => readSettings(view.value.rest));

export const adjust = (fields: Partial<Settings>, more: Partial<View> = {}) =>
  change({...more, rest: writeSettings(view.value.rest, {...settings.value, ...fields})}, 'push');
