import { Refused, type Tools } from './as-client.ts';
import { isConferenceId } from './client/index.ts';

/**
 * `convoke conferences reconcile`: has one conference, or all that are open, ask the platform what its callbacks never reported.
 * @throws Refused when the conference is not open.
 */
export async function reconcile(
  { all, config, printer }: Tools,
  userId?: string,
  conferenceId?: string,
): Promise<void> {
  const why = 'an operator wants it';
  if (userId === undefined) {
    const report = (done: number) => printer.progress(() => `${done} conferences are asked to reconcile ...`);
    const asked = await all.reconcileOpen(why, report);
    const { reconcilePerMinute } = config;
    printer.tell(
      { asked, reconcilePerMinute },
      `${asked} open conferences ask the platform, ${reconcilePerMinute} a minute.`,
    );
    return;
  }
  if (conferenceId === undefined || !isConferenceId(conferenceId))
    throw new Refused('Name a user and one of its conferences (conf-…), or nothing for all that are open.');
  if (!(await all.reconcile({ userId, conferenceId }, why)))
    throw new Refused(`${userId} has no open conference ${conferenceId}.`);
  printer.tell(
    { asked: 1 },
    `${conferenceId} asks the platform; its events and the Temporal UI show what comes of it.`,
  );
}
