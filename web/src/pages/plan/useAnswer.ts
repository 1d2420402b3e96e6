// The answer to a question that changes while one types: asked a moment after the last change.
import {useEffect, useState} from 'preact/hooks';
import {ApiError, isAbort, sentence} from '../../api/client.ts';

const QUIET_MS = 150;

export function useAnswer<T>(ask: (signal: AbortSignal) => Promise<T>, inputs: unknown[]) {
  const [answer, setAnswer] = useState<T | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  useEffect(() => {
    const stopped = new AbortController();
    const timer = setTimeout(() => {
      ask(stopped.signal).then(
        (found) => { setAnswer(found); setProblem(null); },
        (error) => { if (!isAbort(error)) setProblem(error instanceof ApiError ? error : new ApiError(-1, 'error', sentence(error))); });
    }, answer ? QUIET_MS : 0);
    return () => { clearTimeout(timer); stopped.abort(); };
  }, inputs);
  return {answer, problem};
}
