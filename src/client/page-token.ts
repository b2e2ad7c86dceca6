import { catapultError, type CatapultError } from '../catapult/errors.ts';
import { requireText } from './call.ts';
import { shortDigestOf } from './digest.ts';

/** Temporal's own token, bound to the list that it is of: in another one it would skip what nobody has seen. */
export function tokenOf(query: string, place: Buffer): string {
  const text = place.toString('base64url');
  return `${shortDigestOf({ query, place: text })}.${text}`;
}

/** @throws CatapultError 400 for a token of another list, and for what is none. */
export function placeIn(query: string, pageToken: string): Buffer {
  requireText('pageToken', pageToken, 'the nextPageToken of a page');
  const place = Buffer.from(pageToken.slice(pageToken.indexOf('.') + 1), 'base64url');
  if (place.length > 0 && tokenOf(query, place) === pageToken) return place;
  throw wrongToken(pageToken);
}

export function wrongToken(pageToken: string): CatapultError {
  const message =
    'pageToken: wants the nextPageToken of a page with the same filters, as it was answered; without one the list begins anew.';
  return catapultError('validation-error', message, {
    details: [{ name: 'pageToken', value: pageToken.slice(0, 100) }],
  });
}
