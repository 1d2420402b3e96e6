// The live stream of one page: an EventSource that comes back by itself, from where it was.
// Nothing here knows of components, so that it can move into a shared worker.
import type {Diagnosis, PointsEvent, Run} from './types.ts';
import {address} from './client.ts';

export type Connection =
  | {state: 'connecting'}
  | {state: 'open'}
  | {state: 'waiting'; until: number};  // until: when the next try starts, as Date.now()

export interface LiveHandlers {
  points?: (event: PointsEvent) => void;
  run?: (event: Run | {id: string; deleted: true}) => void;
  findings?: (event: Diagnosis) => void;
  resync: () => void;
  connection: (state: Connection) => void;
}

const WAIT_MIN_MS = 1000, WAIT_MAX_MS = 30_000;

// The wait before try n (from 0): doubling, with up to a quarter of jitter taken off so that many
// pages do not come back in the same moment.
export function backoff(attempt: number, random = Math.random()): number {
  return Math.min(WAIT_MAX_MS, WAIT_MIN_MS * 2 ** attempt) * (1 - random / 4);
}

// Listens from `since` on; returns how to stop. After a break it resumes behind the last event it
// saw; when that is no longer possible the server says `resync`.
export function listen(query: {run?: string; project?: string}, since: string | null,
                       handlers: LiveHandlers): () => void {
  let last = since, attempt = 0, timer = 0, stopped = false;
  let source: EventSource | null = null;

  const on = <T>(name: string, handle: ((data: T) => void) | undefined) =>
    source!.addEventListener(name, (event) => {
      const {data, lastEventId} = event as MessageEvent<string>;
      if (lastEventId) last = lastEventId;
      handle?.(JSON.parse(data) as T);
    });

  function open() {
    handlers.connection({state: 'connecting'});
    source = new EventSource(address('/events', {...query, since: last}));
    source.onopen = () => {
      attempt = 0;
      handlers.connection({state: 'open'});
    };
    source.onerror = () => {
      source?.close();
      if (stopped) return;
      const wait = backoff(attempt++);
      handlers.connection({state: 'waiting', until: Date.now() + wait});
      timer = window.setTimeout(open, wait);
    };
    on<PointsEvent>('points', handlers.points);
    on<Run>('run', handlers.run);
    on<Diagnosis>('findings', handlers.findings);
    on('resync', () => handlers.resync());
  }

  const retryNow = () => {
    if (!stopped && source?.readyState === EventSource.CLOSED) {
      clearTimeout(timer);
      open();
    }
  };
  window.addEventListener('online', retryNow);
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    window.removeEventListener('online', retryNow);
    source?.close();
  };
}
