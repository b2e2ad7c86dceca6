/** The types of the ApplicationFailures that activities throw, each with what its `details[0]` holds: for the platform's, `{ error: WireError, attempt, retryAt?, isUndone? }`, `attempt` counted without those that have certainly made nothing. */
export const failureTypes = {
  /** The platform refused to create the conference. Not retried. */
  refused: 'PlatformRefused',
  /** The platform asks to wait (429). Retried at the time it names. */
  rateLimited: 'PlatformRateLimited',
  /** The platform could not be reached, or answered with an error of its own. Retried. */
  unavailable: 'PlatformUnavailable',
  /** The request was sent and no answer came: whether it was done is not known. Retried where repeating does no harm. */
  lost: 'PlatformAnswerLost',
  /** No event of the batch could be delivered: the error is its message. Retried a few times. */
  nothingDelivered: 'NothingDelivered',
} as const;
