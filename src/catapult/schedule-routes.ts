import type { Route } from './route.ts';
import {
  backfillRequest,
  createScheduleRequest,
  noteRequest,
  schedulesQuery,
  skipRequest,
  updateScheduleRequest,
} from './schedule-requests.ts';

/* The routes of schedules of conferences. */

const ours = { documentedBy: 'convoke' } as const;
const errorsOfChanges = ['schedule-not-found', 'schedule-update-conflict'] as const;

export const scheduleRoutes = {
  createSchedule: {
    ...ours,
    method: 'POST',
    path: '/conference-schedules',
    does: 'creates a [schedule](#schedules), which creates a conference for each of its times',
    body: createScheduleRequest,
    answers: { 201: { location: '/conference-schedules/:scheduleId' } },
    errors: ['callback-invalid-url', 'duplicate-schedule'],
  },
  listSchedules: {
    ...ours,
    method: 'GET',
    path: '/conference-schedules',
    does: 'lists the schedules of the account',
    query: schedulesQuery,
    answers: { 200: 'schedules' },
    errors: [],
  },
  getScheduleAsCalendar: {
    ...ours,
    method: 'GET',
    path: '/conference-schedules/:scheduleId.ics',
    does: 'gives its runs of the coming year to calendars (RFC 5545)',
    answers: { 200: 'calendar' },
    errors: ['schedule-not-found'],
  },
  getSchedule: {
    ...ours,
    method: 'GET',
    path: '/conference-schedules/:scheduleId',
    does: 'shows it, with its next runs and its conferences',
    answers: { 200: 'schedule' },
    errors: ['schedule-not-found'],
  },
  updateSchedule: {
    ...ours,
    method: 'POST',
    path: '/conference-schedules/:scheduleId',
    does: 'changes it: conferences that it has made stay as they are',
    body: updateScheduleRequest,
    mayHaveNoBody: true,
    answers: { 200: 'nothing' },
    errors: [...errorsOfChanges, 'callback-invalid-url'],
  },
  deleteSchedule: {
    ...ours,
    method: 'DELETE',
    path: '/conference-schedules/:scheduleId',
    does: 'deletes it: conferences that it has made stay as they are',
    answers: { 200: 'nothing' },
    errors: ['schedule-not-found'],
  },
  pauseSchedule: {
    ...ours,
    method: 'POST',
    path: '/conference-schedules/:scheduleId/pause',
    does: 'pauses it: what would begin meanwhile is left out',
    body: noteRequest,
    mayHaveNoBody: true,
    answers: { 200: 'nothing' },
    errors: errorsOfChanges,
  },
  resumeSchedule: {
    ...ours,
    method: 'POST',
    path: '/conference-schedules/:scheduleId/resume',
    does: 'lets it go on',
    body: noteRequest,
    mayHaveNoBody: true,
    answers: { 200: 'nothing' },
    errors: errorsOfChanges,
  },
  triggerSchedule: {
    ...ours,
    method: 'POST',
    path: '/conference-schedules/:scheduleId/trigger',
    does: 'creates a conference of it now, beside all others',
    answers: {
      201: { location: '/conferences/:conferenceId' },
      202: { location: '/conferences/:conferenceId' },
    },
    accepted: 'The platform has not answered for 10 s. It is tried for `creationTimeout` in all',
    errors: ['schedule-not-found', 'conference-error', 'rate-limit-reached'],
  },
  skipDate: {
    ...ours,
    method: 'POST',
    path: '/conference-schedules/:scheduleId/skip',
    does: 'leaves out what would begin on one date',
    body: skipRequest,
    answers: { 200: 'nothing' },
    errors: errorsOfChanges,
  },
  backfillSchedule: {
    ...ours,
    method: 'POST',
    path: '/conference-schedules/:scheduleId/backfill',
    does: 'creates now the conferences that were to begin in a past time, and that it has not made',
    body: backfillRequest,
    answers: { 200: 'backfill' },
    errors: errorsOfChanges,
  },
} as const satisfies Record<string, Route>;
