// A weekly meeting, from its schedule to its calendar, over HTTP: `node examples/weekly-meeting/main.mjs`, beside `npm start`.

const gateway = process.env['CONVOKE_URL'] ?? 'http://127.0.0.1:8080';
const {
  CONVOKE_USER_ID: user = 'u-local',
  CONVOKE_TOKEN: token = 't-local',
  CONVOKE_SECRET: secret = 's-local',
} = process.env;
const authorization = `Basic ${Buffer.from(`${token}:${secret}`).toString('base64')}`;
const schedules = `${gateway}/v1/users/${user}/conference-schedules`;

/** Asks, and answers the body and the `Location`. */
async function ask(method, url, body) {
  const headers = { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const answer = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} was answered ${answer.status}: ${text}`);
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  return { body: isJson ? JSON.parse(text) : text, location: answer.headers.get('location') };
}

// Every other Monday at nine by the clocks of Berlin, whoever is called by then, with a reminder an hour before.
const { location: schedule } = await ask('POST', schedules, {
  calendar: { weekdays: ['monday'], everyWeeks: 2, at: ['09:00'] },
  timeZone: 'Europe/Berlin',
  note: 'the meeting of the team',
  conference: {
    from: '+19195551234',
    tag: 'team',
    reminders: [{ before: 3_600 }],
    participants: [{ to: '+19195550001', tag: 'host' }, { to: '+19195550002' }],
    aloneTimeout: 300,
  },
});
console.log(`The schedule is ${schedule}`);

const { nextRuns } = (await ask('GET', schedule)).body;
console.log(`The team meets at ${nextRuns.slice(0, 3).join(', ')}, …`);

// The second one falls on a holiday.
const berlin = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' });
await ask('POST', `${schedule}/skip`, { date: berlin.format(new Date(nextRuns[1])) });
const { nextRuns: left, skippedDates } = (await ask('GET', schedule)).body;
console.log(`Without ${skippedDates.join()} it meets at ${left.slice(0, 2).join(', ')}, …`);

// Today it meets out of turn.
const { location: conference } = await ask('POST', `${schedule}/trigger`);
for (let seconds = 0; ; seconds += 1) {
  const { phase, participants = [] } = (await ask('GET', conference)).body;
  if (participants.every(({ status }) => status === 'joined')) break;
  if (seconds > 30) throw new Error(`Not all have joined; the conference is ${phase}.`);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}
console.log(`Out of turn it has met in ${conference}`);
await ask('POST', conference, { state: 'completed' });

// The team's calendars read this address.
const { body: calendar } = await ask('GET', `${schedule}.ics`);
console.log(`Its calendar has ${calendar.match(/BEGIN:VEVENT/g).length} meetings in the coming year`);

// In summer it takes a rest, and then begins later.
await ask('POST', `${schedule}/pause`, { note: 'summer' });
await ask('POST', schedule, { calendar: { weekdays: ['monday'], everyWeeks: 2, at: ['10:30'] } });
await ask('POST', `${schedule}/resume`, { note: 'the meeting of the team, later' });
console.log(`It goes on at ${(await ask('GET', schedule)).body.nextRuns[0]}`);

await ask('DELETE', schedule);
console.log('The schedule is deleted');
