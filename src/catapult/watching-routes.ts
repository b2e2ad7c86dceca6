import { deadLettersQuery, explanationQuery, stepsQuery, whatIfQuery } from './queries.ts';
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
  explainConference: {
    ...ours,
    path: '/conferences/:conferenceId/explanation',
    does: '[explains](#explanation) a conference by its history: what was decided when and why, and what came of each promise',
    query: explanationQuery,
    answers: { 200: 'explanation' },
    errors: ['conference-not-found'],
  },
  whatIf: {
    ...ours,
    path: '/conferences/:conferenceId/what-if',
    does: 'tells what [other settings](#what-if) had led to; changes nothing',
    query: whatIfQuery,
    answers: { 200: 'whatIf' },
    errors: ['conference-not-found', 'conference-error'],
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
  diagnose: {
    ...ours,
    path: '/diagnosis',
    allAccounts: true,
    operatorOnly: true,
    does: 'shows an operator what `convoke doctor` [finds](#diagnosis) where this gateway runs',
    answers: { 200: 'diagnosis' },
    errors: [],
  },
} as const satisfies Record<string, Route>;
