import { describe, expect, test } from '@jest/globals';
import * as activities from '../../src/activities/budget.ts';
import * as processes from '../../src/budget.ts';
import * as wire from '../../src/catapult/budget.ts';
import * as server from '../../src/catapult/server/budget.ts';
import { ERROR_CHARACTERS, MAX_ERROR_DETAILS } from '../../src/catapult/from-platform.ts';
import * as client from '../../src/client/budget.ts';
import * as core from '../../src/conference/budget.ts';
import * as delivery from '../../src/delivery/budget.ts';
import * as npmStart from '../../src/dev/budget.ts';
import * as gateway from '../../src/gateway/budget.ts';
import * as http from '../../src/http/budget.ts';
import * as nexus from '../../src/nexus/budget.ts';
import * as platform from '../../src/platform/budget.ts';
import * as sandbox from '../../src/sandbox/budget.ts';
import * as workflows from '../../src/workflows/budget.ts';

/* What must hold between the times and limits of all rooms: who changes one of them learns here whom it concerns. */

/** What Temporal takes as one payload. */
const PAYLOAD_BYTES = 2 * 1024 * 1024;

/** The longest refusal of a platform, in characters. */
const REFUSAL =
  ERROR_CHARACTERS.category +
  ERROR_CHARACTERS.code +
  ERROR_CHARACTERS.message +
  MAX_ERROR_DETAILS * (ERROR_CHARACTERS.detailName + ERROR_CHARACTERS.detailValue);

/** The platform tries both of our URLs, one after the other. */
const BOTH_URLS_MS = 2 * core.CALLBACK_TIMEOUT_MS;

describe('a callback is answered', () => {
  test('before the platform gives up on it, a signal to the workflow included', () => {
    expect(core.CALLBACK_TIMEOUT_MS).toBe(wire.MAX_CALLBACK_TIMEOUT_MS);
    expect(gateway.BRIDGE_ANSWERS_WITHIN_MS).toBeLessThan(core.CALLBACK_TIMEOUT_MS);
    expect(client.SIGNAL_WITHIN_MS).toBeLessThan(gateway.BRIDGE_ANSWERS_WITHIN_MS);
  });

  test('by an aftercare that stays open for longer than a signal is on its way', () => {
    expect(workflows.AFTERCARE_OPEN_MS).toBeGreaterThan(client.SIGNAL_WITHIN_MS);
  });
});

describe('a workflow of others is answered', () => {
  test('before Temporal gives up on its request, with time to look how a conference stands that was waited for', () => {
    expect(nexus.ANSWER_WITHIN_MS).toBeLessThan(10_000);
    expect(nexus.CREATED_WITHIN_MS).toBeGreaterThan(client.START_WITHIN_MS);
    expect(nexus.CREATED_WITHIN_MS + client.QUERY_AGAIN_AFTER_MS).toBeLessThanOrEqual(nexus.ANSWER_WITHIN_MS);
  });

  test('also by an activity that looks for it: two queries', () => {
    expect(workflows.LOOK_CALL_MS).toBeGreaterThan(2 * client.ANSWER_WITHIN_MS);
  });
});

describe('who waits for an event waits for longer than it takes', () => {
  test('at the end: both URLs may be tried', () => {
    expect(core.LATE_COMPLETED_MS).toBeGreaterThan(BOTH_URLS_MS);
    expect(core.LATE_HANGUPS_MS).toBeGreaterThan(BOTH_URLS_MS);
  });

  test('while it goes on: one URL may hang', () => {
    expect(core.LATE_CREATED_MS).toBeGreaterThanOrEqual(core.CALLBACK_TIMEOUT_MS);
    expect(core.CALL_EVENTS_WITHIN_MS).toBeGreaterThanOrEqual(core.CALLBACK_TIMEOUT_MS);
    expect(core.AUDIO_CONFIRMED_WITHIN_MS).toBeGreaterThanOrEqual(core.CALLBACK_TIMEOUT_MS);
    expect(core.RECONCILE_AFTER_MS).toBeGreaterThan(core.CALLBACK_TIMEOUT_MS);
  });

  test('before its copy on the other URL is taken for a new one', () => {
    expect(core.PAIRING_WINDOW_MS).toBeGreaterThan(BOTH_URLS_MS);
    expect(core.DEDUPE_WINDOW_MS).toBeGreaterThanOrEqual(core.PAIRING_WINDOW_MS);
  });

  test('before silence is a reason to ask: what is missing is asked after sooner', () => {
    expect(core.SILENCE_MS.active).toBeGreaterThan(core.RECONCILE_AFTER_MS);
    expect(core.SILENCE_MS.created).toBeGreaterThan(core.SILENCE_MS.active);
    expect(core.MISSING_AGAIN_AFTER_MS).toBeGreaterThan(core.RECONCILE_AFTER_MS);
  });
});

describe('a caller is answered while it waits', () => {
  test('with what became of an ending, or in time for its signal', () => {
    expect(core.ENDED_WITHIN_MS + client.END_SIGNALLED_WITHIN_MS).toBeLessThan(client.ANSWER_WITHIN_MS);
  });

  test('that its change has not been done, where others are before it', () => {
    expect(core.TURN_WITHIN_MS).toBeLessThan(client.ANSWER_WITHIN_MS - core.CLOCKS_DIFFER_MS);
  });

  test('with the confirmation, where the answer was lost', () => {
    const lost = core.TURN_WITHIN_MS + workflows.SENT_ONCE_CALL_MS;
    expect(core.CHANGE_ANSWERED_WITHIN_MS).toBeGreaterThanOrEqual(lost);
  });

  test('by callback too, where it may have gone with a 202', () => {
    expect(core.FAILED_BY_ANSWER_MS).toBeLessThan(client.ANSWER_WITHIN_MS);
    expect(client.START_WITHIN_MS).toBeLessThan(core.FAILED_BY_ANSWER_MS);
  });

  test('and nothing is begun when it has gone', () => {
    const gone = client.ANSWER_WITHIN_MS - core.CLOCKS_DIFFER_MS;
    expect(workflows.CHANGE_BEGUN_WITHIN_MS).toBeLessThan(gone);
  });
});

describe('an attempt lasts for longer than what it waits for', () => {
  const { TURN_WITHIN_MS: turn } = activities;

  test('its turn at the platform, and the answer', () => {
    expect(turn.createConference + platform.ANSWER_WITHIN_MS).toBeLessThan(workflows.PLATFORM_CALL_MS);
    expect(turn.completeConference + platform.ANSWER_WITHIN_MS).toBeLessThan(workflows.PLATFORM_CALL_MS);
    for (const change of [turn.updateConference, turn.updateMember])
      expect(change + platform.CHANGE_WITHIN_MS).toBeLessThan(workflows.CHANGE_CALL_MS);
    for (const change of [turn.addMember, turn.playAudio, turn.dial])
      expect(change + platform.SENT_ONCE_WITHIN_MS).toBeLessThan(workflows.SENT_ONCE_CALL_MS);
  });

  test('the two requests of a reading, and what gateways tell after it', () => {
    const reading = turn.readConference + 2 * platform.ANSWER_WITHIN_MS + activities.FLUSH_WITHIN_MS;
    expect(reading).toBeLessThan(workflows.URGENT_READING_CALL_MS);
    expect(workflows.URGENT_READING_CALL_MS).toBeLessThan(workflows.READING_CALL_MS);
    expect(workflows.READING_CALL_MS).toBeLessThan(workflows.READING_WITHIN_MS);
  });

  test('a change that may be sent again has time for a second try', () => {
    const second = platform.CHANGE_WITHIN_MS + workflows.FIRST_RETRY_MS;
    expect(second).toBeLessThan(workflows.CHANGE_BEGUN_WITHIN_MS);
  });

  test('a batch that is to report, with the event that it has in hand', () => {
    expect(activities.REPORT_AFTER_MS + BOTH_URLS_MS).toBeLessThan(workflows.DELIVERY_CALL_MS);
  });

  test('a worker that delivers is heard before it is taken for dead, though one heartbeat be lost', () => {
    expect(2 * activities.DELIVERY_HEARTBEAT_EVERY_MS).toBeLessThan(workflows.DELIVERY_SILENCE_MS);
  });

  test('creating is tried until the platform has put us off for as long as it may', () => {
    expect(core.MAX_RETRY_AFTER_MS).toBeLessThanOrEqual(workflows.CREATION_TIMEOUT_SECONDS * 1_000);
  });
});

describe('an attempt at a customer', () => {
  test('has a time-out that leaves room for its name to be looked up, and for another address to be tried', () => {
    expect(delivery.LOOKUP_WITHIN_MS).toBeLessThan(wire.MAX_CALLBACK_TIMEOUT_MS);
    expect(http.ADDRESS_TRIED_FOR_MS).toBeLessThan(wire.MAX_CALLBACK_TIMEOUT_MS - delivery.LOOKUP_WITHIN_MS);
    expect(delivery.NAME_ASKED_AGAIN_AFTER_MS).toBeLessThan(delivery.LOOKUP_WITHIN_MS);
  });

  test('waits for its slot, and for both URLs, within one activity', () => {
    expect(delivery.REQUEST_SLOTS.waitMs + BOTH_URLS_MS).toBeLessThan(workflows.DELIVERY_CALL_MS);
  });

  test('that looks whether a host is back is over before another one looks', () => {
    expect(delivery.PROBE_WITHIN_MS).toBeGreaterThan(wire.MAX_CALLBACK_TIMEOUT_MS);
    expect(delivery.FIRST_SPARED_MS).toBeLessThan(delivery.MAX_SPARED_MS);
  });

  test('is put off by its customer, or for others, for less than it is tried', () => {
    expect(delivery.MAX_RETRY_AFTER_MS).toBeLessThan(core.RETRY_WINDOW_MS);
    expect(delivery.MAX_SENT_AWAY_SECONDS * 1_000).toBeLessThan(core.RETRY_WINDOW_MS);
    expect(delivery.MAX_SPARED_MS).toBeLessThan(core.RETRY_WINDOW_MS);
  });

  test('finds a connection that was kept, where one origin has all that it may', () => {
    expect(http.MAX_KEPT_PER_ORIGIN).toBeGreaterThanOrEqual(delivery.REQUEST_SLOTS.slotsPerOrigin);
    expect(http.MAX_DROPPING_MS).toBeLessThan(http.KEPT_FOR_MS);
  });
});

describe('a lease', () => {
  const usableMs = core.LEASE_MS - gateway.LEASE_MARGIN_MS;

  test('holds for an attempt at both URLs, whatever was left of it when that was to begin', () => {
    expect(usableMs).toBeGreaterThan(BOTH_URLS_MS + gateway.RENEWED_BEFORE_MS);
  });

  test('is renewed before it ends, though the answer takes its time', () => {
    expect(gateway.RENEWED_BEFORE_MS).toBeGreaterThanOrEqual(client.LEASE_ANSWERED_WITHIN_MS);
  });

  test('is granted while its asker waits for the answer, by clocks that differ', () => {
    expect(client.LEASE_GRANTED_WITHIN_MS + core.CLOCKS_DIFFER_MS).toBeLessThanOrEqual(client.LEASE_ANSWERED_WITHIN_MS);
    expect(gateway.LEASE_MARGIN_MS).toBeGreaterThan(core.CLOCKS_DIFFER_MS);
    expect(usableMs).toBeGreaterThan(client.LEASE_ANSWERED_WITHIN_MS + BOTH_URLS_MS);
  });

  test('is given back when what is being sent is over, and the one who recalls it waits for that', () => {
    expect(activities.RECALL_WITHIN_MS).toBeGreaterThan(BOTH_URLS_MS);
    expect(workflows.RECALL_CALL_MS).toBeGreaterThan(activities.RECALL_WITHIN_MS);
    expect(core.RECALLED_WITHIN_MS).toBeGreaterThan(workflows.FIRST_RETRY_MS);
    expect(core.RECALLED_WITHIN_MS).toBeLessThan(core.LEASE_MS);
  });

  test('that a conference begins with outlasts the attempt that is made under it, and is recalled only after that', () => {
    expect(gateway.FIRST_ATTEMPT_BEGUN_WITHIN_MS + gateway.FIRST_ATTEMPT_WITHIN_MS).toBeLessThan(usableMs);
    expect(core.FIRST_ATTEMPT_MS).toBeGreaterThan(gateway.FIRST_ATTEMPT_WITHIN_MS + gateway.REPORTED_AFTER_MS);
    expect(core.FIRST_ATTEMPT_MS).toBeLessThan(core.LEASE_MS);
    expect(gateway.FIRST_ATTEMPT_WITHIN_MS).toBeLessThan(client.ANSWER_WITHIN_MS);
  });

  test('that a conference begins with is reported within its start delay, and attempts show within two seconds of their end', () => {
    expect(client.START_DELAY_MS).toBeGreaterThan(gateway.REPORTED_AFTER_MS);
    expect(client.START_DELAY_MS).toBeLessThanOrEqual(2_000);
    expect(gateway.CALLBACK_EXPECTED_WITHIN_MS).toBeGreaterThan(core.CALLBACK_TIMEOUT_MS);
  });

  test('is told of soon enough for attempts to show within two seconds', () => {
    expect(gateway.REPORTED_AFTER_MS).toBeLessThan(2_000 / 2);
  });

  test('has numbers for all that its holder may have judged and not reported, which is more than one signal or lane takes', () => {
    expect(core.LEASE_NUMBERS).toBeGreaterThanOrEqual(gateway.MAX_OUTGOING_EVENTS);
    expect(core.LEASE_NUMBERS).toBeGreaterThanOrEqual(gateway.MAX_FORWARDED_EVENTS);
    expect(core.MAX_LEASE_TERMS_BYTES).toBeLessThan(PAYLOAD_BYTES);
  });

  test('that was refused is not asked for in a rush, and what could not be delivered is tried by the worker soon', () => {
    expect(gateway.MIN_LEASE_PAUSE_MS).toBeLessThan(gateway.MAX_LEASE_PAUSE_MS);
    expect(core.HALF_WAY_PAUSE_MS).toBe(activities.SHORT_PAUSES_MS[0]);
  });

  test('that has run out is forgotten sooner than a new one would', () => {
    expect(gateway.LEASES_SWEPT_EVERY_MS).toBeLessThan(core.LEASE_MS);
    expect(gateway.MAX_OPENINGS_SENT).toBeLessThanOrEqual(gateway.MAX_OPENINGS_KEPT);
  });
});

describe('who is stopped ends in time', () => {
  test('a worker with its deliveries, each at both URLs', () => {
    expect(processes.DELIVERIES_END_WITHIN_MS).toBeGreaterThan(BOTH_URLS_MS);
  });

  test('before its process is ended, and that before npm start ends it', () => {
    expect(processes.STOP_WITHIN_MS).toBeGreaterThan(processes.DELIVERIES_END_WITHIN_MS);
    expect(npmStart.STOP_CHILD_WITHIN_MS).toBeGreaterThan(processes.STOP_WITHIN_MS);
    expect(npmStart.STOP_CHILD_WITHIN_MS).toBeGreaterThan(npmStart.STOP_TEMPORAL_WITHIN_MS);
  });

  test('a server with the requests that are under way', () => {
    expect(server.REQUEST_WITHIN_MS).toBeGreaterThan(server.HEAD_WITHIN_MS);
    expect(server.REQUEST_WITHIN_MS + server.READ_WITHIN_MS).toBeLessThan(processes.STOP_WITHIN_MS);
  });
});

describe('the pace at a limited platform', () => {
  test('lies between its fastest and its slowest', () => {
    const paces = [
      platform.FASTEST_EVERY_MS,
      platform.FIRST_EVERY_MS,
      platform.DOCUMENTED_EVERY_MS,
      platform.SLOWEST_EVERY_MS,
    ];
    expect(paces).toEqual([...paces].sort((a, b) => a - b));
  });

  test('is the one that the sandbox plays', () => {
    expect(sandbox.CONFERENCE_EVERY_MS).toBe(platform.DOCUMENTED_EVERY_MS);
  });

  test('believes no reset that is further away than an ending would be put off', () => {
    expect(platform.RESET_BELIEVED_MS).toBeLessThan(core.MAX_RETRY_AFTER_MS);
    expect(platform.NEAR_TURN_MS).toBeLessThan(platform.MAX_AWAY_MS);
  });
});

describe('the pauses of a delivery grow', () => {
  test('from the short ones of the activity, one before each attempt but the first, to those of the alarm', () => {
    expect(activities.SHORT_PAUSES_MS.length + 1).toBe(workflows.SHORT_RETRY_ATTEMPTS);
    const pauses = [...activities.SHORT_PAUSES_MS, ...core.BACK_OFFS_MS];
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(new Set(pauses).size).toBe(pauses.length);
    expect(Math.max(...activities.SHORT_PAUSES_MS)).toBe(activities.MAX_SHORT_PAUSE_MS);
  });

  test('and all come within the retry window', () => {
    const all = [...activities.SHORT_PAUSES_MS, ...core.BACK_OFFS_MS].reduce((sum, pause) => sum + pause, 0);
    expect(all).toBeLessThan(core.RETRY_WINDOW_MS);
    expect(core.ROTATE_AFTER_MS).toBeLessThan(core.RETRY_WINDOW_MS);
  });
});

describe('what is sent through Temporal is taken by it', () => {
  test('states, results and answers, with room for what stands around them', () => {
    for (const bytes of [core.MAX_CARRIED_BYTES, core.MAX_CLOSED_BYTES, core.MAX_RECORDS_BYTES])
      expect(bytes).toBeLessThanOrEqual(PAYLOAD_BYTES / 2);
    expect(core.CARRIED_EVENTS_BYTES).toBeLessThan(core.MAX_CARRIED_BYTES);
  });

  test('batches, of which one more event is always taken', () => {
    // A character is three bytes of UTF-8 at most, or four for two of them.
    expect(core.MAX_BATCH_BYTES + server.MAX_BODY_BYTES).toBeLessThan(PAYLOAD_BYTES);
    expect(gateway.MAX_FORWARDED_BYTES + server.MAX_BODY_BYTES).toBeLessThan(PAYLOAD_BYTES);
    expect(3 * (client.MAX_UPDATE_CHARACTERS + server.MAX_BODY_BYTES)).toBeLessThan(PAYLOAD_BYTES);
    expect(client.MAX_SIGNALLED_EVENTS * server.MAX_BODY_BYTES).toBeLessThan(PAYLOAD_BYTES);
  });

  test('a signal of callbacks, in one workflow task', () => {
    expect(gateway.MAX_FORWARDED_EVENTS).toBeLessThanOrEqual(workflows.MAX_RECEIPTS_PER_TASK);
  });

  test('a run: a new one has taken over, whatever a slow customer leaves waiting, before Temporal refuses signals or terminates it', () => {
    expect(workflows.MAX_HISTORY_EVENTS).toBeLessThan(51_200 / 2);
    expect(workflows.MAX_HISTORY_BYTES).toBeLessThan((50 * 1024 * 1024) / 2);
    expect(workflows.MAX_SIGNALS_PER_RUN).toBeLessThan(10_000);
    expect(workflows.MAX_UPDATES_PER_RUN).toBeLessThan(2_000);
  });

  test('updates: those of five clients fit into the ten that a run takes', () => {
    expect(5 * client.MAX_UPDATES_AT_ONCE).toBeLessThanOrEqual(10);
  });
});

describe('what is remembered is enough', () => {
  test('of a conference’s members: as many as a reading tells', () => {
    expect(platform.MAX_READ_MEMBERS).toBeLessThanOrEqual(core.MAX_MEMBERS);
    expect(core.UNMEASURED_MEMBERS).toBeLessThan(core.MAX_MEMBERS);
  });

  test('of the longest texts of a request: they fit into its body', () => {
    const texts = 2 * wire.MAX_URL_CHARACTERS + wire.MAX_TAG_CHARACTERS + wire.MAX_SENTENCE_CHARACTERS;
    expect(4 * texts).toBeLessThan(server.MAX_BODY_BYTES);
  });

  test('of callbacks: the journal takes far more of the largest than a server has in flight', () => {
    expect(server.BODIES_IN_FLIGHT_BYTES).toBeLessThan(gateway.JOURNAL_ROOM.bytes * (1 - gateway.ROOM_AGAIN_SHARE));
    expect(server.MAX_BODY_BYTES).toBeLessThan(gateway.MAX_FORWARDED_BYTES);
  });

  test('of what workflows of others wait for: as many members as are remembered, and not more than Temporal has in flight', () => {
    expect(nexus.MAX_AWAITED_MEMBERS).toBe(core.MAX_MEMBERS);
    // Signals that a run has sent and that have not been confirmed: with more of them its task fails, and would again each time.
    expect(core.MAX_WATCHERS + core.MAX_REFUSED_WATCHERS).toBeLessThan(2_000);
    expect(nexus.MAX_INPUT_BYTES).toBe(server.MAX_BODY_BYTES);
  });

  test('of arrivals: within its bounds', () => {
    expect(core.MIN_ARRIVALS).toBeLessThan(core.MAX_ARRIVALS);
  });

  test('of answers: for all changes that may be open at a time', () => {
    expect(core.MAX_KEPT_ANSWERS).toBeGreaterThanOrEqual(core.MAX_OPEN_CHANGES);
    expect(core.MAX_ANSWERS).toBeGreaterThanOrEqual(core.MAX_OPEN_CHANGES);
    // Refused by the platform, in many words, all at once: carried to the next run beside what is kept, and answered in one update.
    expect(core.MAX_ANSWERS_BYTES + core.MAX_OPEN_CHANGES * REFUSAL).toBeLessThan(core.MAX_CARRIED_BYTES);
    expect(3 * client.MAX_REQUESTS_PER_UPDATE * REFUSAL).toBeLessThan(PAYLOAD_BYTES);
    expect(client.MAX_REQUESTS_PER_UPDATE).toBeLessThanOrEqual(core.MAX_OPEN_CHANGES);
  });
});
