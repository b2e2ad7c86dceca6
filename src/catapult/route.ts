import type { z } from 'zod';
import type { ErrorCode } from './errors.ts';
import type { Path } from './paths.ts';
import type { Resources } from './resource-schemas.ts';

/**
 * What an answer holds: nothing, a resource, the `Location` of what was made, lines of JSON that come as the work goes on, or a calendar
 * (iCalendar).
 */
type Held = 'nothing' | keyof Resources | { location: Path } | 'lines' | 'calendar';

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  path: Path;
  /** Another path that means the same. */
  alsoAt?: Path;
  /** What it does, in the words of docs/wire.md. */
  does: string;
  /** Whose document describes it: Catapult's, so that every platform has it, or ours. */
  documentedBy: 'catapult' | 'convoke';
  /** Whether an operator may ask it of all accounts at once, as the user `-`. */
  allAccounts?: true;
  /** Whether nobody but an operator may ask it. */
  operatorOnly?: true;
  /** Whether an operator may send it, though it changes something; what changes nothing an operator may ask for anyway. */
  operatorMay?: true;
  query?: z.ZodObject;
  body?: z.ZodObject;
  /** Whether no body at all means `{}`; where it does not, that is a 400. */
  mayHaveNoBody?: true;
  answers: Partial<Record<200 | 201 | 202, Held>>;
  /** What each message of a stream holds that is answered instead of a page where `follow` asks for it (server-sent events). */
  streams?: keyof Resources;
  /** What a 202 means. */
  accepted?: string;
  /** What each line holds, where lines are answered. */
  line?: z.ZodObject;
  /** Its own errors; those that every route may answer are below. A platform that is asked may have other words. */
  errors: readonly ErrorCode[];
}
