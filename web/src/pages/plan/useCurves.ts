// The curve of every schedule on the page, asked anew when what is asked for changes.
import {useEffect, useRef, useState} from 'preact/hooks';
import {api, ApiError, sentence} from '../../api/client.ts';
import type {Curve, Plan, Spec} from '../../api/types.ts';
import {dense} from '../../logic/curves.ts';
import type {Lane, Letter} from '../../logic/lanes.ts';
import {isPlan} from '../../logic/lanes.ts';
import {Latest} from '../../logic/latest.ts';
import type {Types} from '../../logic/sequence.ts';
import {specOf} from '../../logic/sequence.ts';
import type {Placed} from './board.ts';

export interface Run {
  steps: number;              // how long it is
  unit: 'epoch' | 'step';
  until: number;              // how far the curves are drawn
}

export interface Drawn {
  curve: Curve;
  plan: Plan | null;          // when it came from epochs and cycles
}

export interface Answer {
  drawn: Drawn | null;
  problem: ApiError | null;   // of the values as they are; drawn is then of those before
  fresh: boolean;             // drawn is of the values as they are
}

interface Question {
  key: string;
  lane: Lane;
  types: Types;
  run: Run;
  points: number;
}

async function curveOf(spec: Spec, {run, points}: Question): Promise<Curve> {
  const curve = await api.curve({spec: JSON.stringify(spec), steps: run.steps, until: run.until, points});
  return {...curve, ...dense(curve, points)};
}

async function ask(question: Question): Promise<Drawn> {
  const {lane, types, run: {steps, unit}} = question;
  if (!isPlan(lane)) return {curve: await curveOf(specOf(lane, types, steps, unit), question), plan: null};
  const plan = await api.plan({epochs: steps, ...lane.parts[0]!.values, points: question.points});
  const curve = await curveOf({...plan.spec, unit}, question);
  return {curve: unit === 'epoch' ? {...curve, notes: plan.notes} : curve, plan};   // a plan speaks of epochs
}

interface Slot extends Answer {
  key: string;
  points: number;
  asker: Latest<Question, Drawn>;
}

const POINTS = 1000, POINTS_MOVING = 400;

export function useCurves(types: Types, placed: Placed[], run: Run, moving: boolean): {answers: Map<Letter, Answer>; again: () => void} {
  const slots = useRef(new Map<Letter, Slot>()).current;
  const [, setCount] = useState(0), changed = () => setCount((n) => n + 1);
  useEffect(() => () => slots.forEach((slot) => slot.asker.stop()), []);
  const points = moving ? POINTS_MOVING : POINTS;
  const keyOf = (lane: Lane) => JSON.stringify([lane.parts, lane.milestones, run]);
  useEffect(() => {
    for (const [letter, slot] of slots) {
      if (placed.some((one) => one.letter === letter)) continue;
      slot.asker.stop();
      slots.delete(letter);
    }
    for (const {letter, lane} of types.size ? placed : []) {
      const slot = slots.get(letter) ?? newSlot(changed);
      slots.set(letter, slot);
      const key = keyOf(lane);
      if (slot.key === key && slot.points >= points) continue;
      Object.assign(slot, {key, points});
      slot.asker.want({key, lane, types, run, points});
    }
  });
  const answers = new Map<Letter, Answer>(placed.map(({letter, lane}) => {
    const slot = slots.get(letter);
    return [letter, {drawn: slot?.drawn ?? null, problem: slot?.problem ?? null, fresh: slot?.fresh === true && slot.key === keyOf(lane)}];
  }));
  const again = () => {
    for (const slot of slots.values()) if (slot.problem) slot.key = '';
    changed();
  };
  return {answers, again};
}

function newSlot(changed: () => void): Slot {
  const slot: Slot = {
    key: '', points: 0, drawn: null, problem: null, fresh: false,
    asker: new Latest(ask, ({key}, drawn, problem) => {
      const current = key === slot.key;
      if (drawn) Object.assign(slot, {drawn, problem: null, fresh: current});
      else if (current) Object.assign(slot, {fresh: false, problem: problem instanceof ApiError ? problem : new ApiError(-1, 'error', sentence(problem))});
      changed();
    }),
  };
  return slot;
}
