import { deadLettersQuery, stepsQuery } from './queries.ts';
import type { Route } from './route.ts';

/* The routes of who watches: people at the console, and whatever they have built themselves. */

const ours = { documentedBy: 'convoke', method: 'GET' } as const;

export const watchingRoutes = {
  countConferences: {
    ...ours,
    path: '/conference-counts',
    allAccounts: true,
    does: 'counts the conferences of the account that are worth a look',
    answers: { 200: 'counts' },
    errors: [],
  },
  listSteps: {
    ...ours,
    path: '/conferences/:conferenceId/steps',
    does: 'lists what was [done](#steps) for a conference: phases, changes, requests to the platform',
    query: stepsQuery,
    answers: { 200: 'steps' },
    errors: ['conference-not-found'],
  },
  listDeadLetters: {
    ...ours,
    path: '/dead-letters',
    allAccounts: true,
    does: 'lists the [dead letters](#dead-letters) of all conferences of the account',
    query: deadLettersQuery,
    answers: { 200: 'deadLetters' },
    errors: [],
  },
  getHealth: {
    ...ours,
    path: '/health',
    allAccounts: true,
    does: 'shows how this gateway, Temporal and the workers [are](#health), and which hosts of the account are spared',
    answers: { 200: 'health' },
    errors: [],
  },
} as const satisfies Record<string, Route>;
