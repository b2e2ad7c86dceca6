import { DOWNLOAD_SILENCE_MS, DOWNLOAD_WITHIN_MS } from './budget.ts';
import { reasonOf } from '../failure.ts';

/**
 * Fetches, and gives up when nothing has come for 5 seconds (`alive` says that something came), or after 5 minutes.
 * @throws Error with a plain reason; the signal's own reason when that was aborted.
 */
export async function download<T>(
  url: string | URL,
  signal: AbortSignal | undefined,
  take: (response: Response, alive: () => void) => Promise<T>,
): Promise<T> {
  const silent = new AbortController();
  const timer = setTimeout(
    () => silent.abort(new Error(`no answer for ${DOWNLOAD_SILENCE_MS / 1000} s`)),
    DOWNLOAD_SILENCE_MS,
  );
  const signals = [silent.signal, AbortSignal.timeout(DOWNLOAD_WITHIN_MS), ...(signal ? [signal] : [])];
  try {
    const response = await fetch(requireHttps(url), { signal: AbortSignal.any(signals) });
    requireHttps(response.url);
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    timer.refresh();
    return await take(response, () => timer.refresh());
  } catch (error) {
    // These two TypeErrors are all that fetch has to say about a connection that failed, or broke off half-way.
    if (!(error instanceof TypeError)) throw error;
    const what = error.message === 'terminated' ? 'the download broke off' : 'no answer';
    throw new Error(`${what} (${reasonOf(error.cause ?? error)})`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function requireHttps(url: string | URL): URL {
  const { href, protocol } = new URL(url);
  if (protocol !== 'https:') throw new Error(`it leads to ${protocol}//, and nothing is taken from there`);
  return new URL(href);
}
