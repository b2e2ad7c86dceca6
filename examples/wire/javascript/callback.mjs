// A whole conference with node-bandwidth and callbacks: create it, dial somebody, mute them, speak to all, end it.
import Bandwidth from 'node-bandwidth';

const { CATAPULT_URL, CATAPULT_USER, CATAPULT_TOKEN, CATAPULT_SECRET, SANDBOX_URL } = process.env;
const inbox = `${SANDBOX_URL ?? 'http://127.0.0.1:8181'}/sandbox/inbox/examples`;

const { Call, Conference } = new Bandwidth({
  userId: CATAPULT_USER ?? 'u-local',
  apiToken: CATAPULT_TOKEN ?? 't-local',
  apiSecret: CATAPULT_SECRET ?? 's-local',
  baseUrl: CATAPULT_URL ?? 'http://127.0.0.1:8080',
});

// Goes on with what was answered; an error ends the program.
const then = (next) => (error, answer) => {
  if (error) throw error;
  next(answer);
};

const settings = { from: '+12345678901', callbackUrl: inbox, profile: 'passthru_digits', tag: 'callback' };
Conference.create(settings, then(dial));

function dial({ id }) {
  console.log(`Created conference ${id}; its events go to ${inbox}`);
  const wanted = { from: '+12345678901', to: '+19195551234', conferenceId: id };
  Call.create(
    wanted,
    then((call) => {
      console.log(`Dialled ${call.to} as call ${call.id}`);
      waitForMember(id);
    }),
  );
}

function waitForMember(id) {
  const look = ([member]) => (member ? mute(id, member) : setTimeout(waitForMember, 200, id));
  Conference.getMembers(id, then(look));
}

function mute(id, member) {
  const muted = () => {
    console.log(`Muted member ${member.id}`);
    Conference.speakSentence(id, 'Welcome to the conference', then(end));
  };
  const end = () => {
    console.log('Spoke to all');
    Conference.remove(
      id,
      then(() => console.log(`Ended conference ${id}`)),
    );
  };
  Conference.updateMember(id, member.id, { mute: true }, then(muted));
}
