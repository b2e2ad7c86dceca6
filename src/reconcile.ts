import { TELL_EVERY_CONFERENCES } from './budget.ts';
import { connectToTemporal, Conferences, isConferenceId } from './client/index.ts';
import { temporalInWords, type Config } from './config.ts';
import { Failure, reasonOf } from './failure.ts';

/**
 * `convoke reconcile`: has one conference, or all that are open, ask the platform what its callbacks never reported.
 * @throws Failure when the conference is not open, or Temporal does not answer.
 */
export async function reconcile(config: Config, userId?: string, conferenceId?: string): Promise<void> {
  const { connectionOptions, namespace, payloadKeys } = config.temporal;
  const { client, close } = connectToTemporal(connectionOptions, namespace, payloadKeys);
  const conferences = new Conferences(client);
  const why = 'an operator wants it';
  try {
    if (userId === undefined) {
      const report = (done: number) => {
        if (done % TELL_EVERY_CONFERENCES === 0)
          process.stdout.write(`${done} conferences are asked to reconcile ...\n`);
      };
      const count = await conferences.reconcileOpen(why, report);
      process.stdout.write(`${count} open conferences ask the platform, ${config.reconcilePerMinute} a minute.\n`);
      return;
    }
    if (conferenceId === undefined || !isConferenceId(conferenceId))
      throw new Failure('Name a user and one of its conferences (conf-…), or nothing for all that are open.');
    if (!(await conferences.reconcile({ userId, conferenceId }, why)))
      throw new Failure(`${userId} has no open conference ${conferenceId}.`);
    process.stdout.write(`${conferenceId} asks the platform; its events and the Temporal UI show what comes of it.\n`);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${temporalInWords(config)}: ${reasonOf(error)}`);
  } finally {
    await close();
  }
}
