// Requests to the server. Every failure becomes an ApiError with a sentence for a person.
import type {
  Comparison, Curve, Diagnosis, EpochTable, Plan, Reference, Rule, Run, RunPage, ScheduleType, SeriesAnswer, ServerInfo,
} from './types.ts';

export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly field?: string) {
    super(message);
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

// Parameters without a value are left out.
export function address(path: string, query: Query = {}): string {
  const text = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([key, value]) => `${key}=${encodeURIComponent(String(value)).replace(/%2C/g, ',')}`)
    .join('&');
  return `/api/v1${path}${text && `?${text}`}`;
}

interface Options {
  method?: string;
  body?: unknown;
  signal?: AbortSignal;
}

async function request<T>(url: string, {method = 'GET', body, signal}: Options = {}): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method,
      signal,
      headers: body === undefined ? {} : {'content-type': 'application/json'},
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'offline', 'The server does not answer.');
  }
  if (!answer.ok) {
    const problem = await answer.json().catch(() => null);
    throw new ApiError(answer.status, problem?.code ?? 'error',
      problem?.detail ?? problem?.title ?? `The server answered ${answer.status}.`, problem?.field);
  }
  if (answer.status === 204) return undefined as T;
  const found = await answer.json();
  const cursor = answer.headers.get('epochd-cursor'); // newer than that of a body from the browser's cache
  return cursor ? {...found, cursor} : found;
}

const get = <T>(path: string, query?: Query, signal?: AbortSignal) =>
  request<T>(address(path, query), {signal});
const runPath = (id: string, rest = '') => `/runs/${encodeURIComponent(id)}${rest}`;

export const api = {
  runs: (query: Query, signal?: AbortSignal) => get<RunPage>('/runs', query, signal),
  run: (id: string, signal?: AbortSignal) => get<Run>(runPath(id), {}, signal),
  patch: (id: string, fields: Partial<Run>) =>
    request<Run>(address(runPath(id)), {method: 'PATCH', body: fields}),
  trash: (id: string) => request<void>(address(runPath(id)), {method: 'DELETE'}),
  restore: (id: string) => request<Run>(address(runPath(id, '/restore')), {method: 'POST'}),
  series: (query: Query, signal?: AbortSignal) => get<SeriesAnswer>('/series', query, signal),
  epochs: (id: string, query: Query, signal?: AbortSignal) =>
    get<EpochTable>(runPath(id, '/epochs'), query, signal),
  findings: (id: string, signal?: AbortSignal) => get<Diagnosis>(runPath(id, '/findings'), {}, signal),
  mute: (id: string, rule: string, reason: string) =>
    request<Run>(address(runPath(id, `/findings/${rule}/mute`)), {method: 'PUT', body: {reason}}),
  unmute: (id: string, rule: string) =>
    request<Run>(address(runPath(id, `/findings/${rule}/mute`)), {method: 'DELETE'}),
  schedule: (id: string, signal?: AbortSignal) => get<Reference>(runPath(id, '/schedule'), {}, signal),
  rules: (signal?: AbortSignal) => get<{rules: Rule[]}>('/rules', {}, signal),
  schedules: (signal?: AbortSignal) => get<{schedules: ScheduleType[]}>('/schedules', {}, signal),
  curve: (query: Query, signal?: AbortSignal) => get<Curve>('/schedule', query, signal),
  plan: (query: Query, signal?: AbortSignal) => get<Plan>('/plan', query, signal),
  compare: (query: Query, signal?: AbortSignal) => get<Comparison>('/compare', query, signal),
  server: (signal?: AbortSignal) => get<ServerInfo>('/server', {}, signal),
};

export const csvAddress = (id: string, metrics: string[] = []) => address(runPath(id, '/epochs'), {format: 'csv', metrics: metrics.join(',')});
export const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError';
export const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error));
