// CommonJS, since the SDK loads a failure converter by require(), and bundles the same file with the workflows.
const { DefaultFailureConverter } = require('@temporalio/common');

/** What of a query that is to be asked again is read by who asks, without a key (EVENTS_WITHOUT_A_TASK of src/workflows/messages.ts). */
const ASK_AGAIN = 'What has come last waits for its workflow task; ask again.';

/** Texts and stacks of failures go into a payload, which is sealed like any other. */
class SealedFailures extends DefaultFailureConverter {
  constructor() {
    super({ encodeCommonAttributes: true });
    this.asTheyAre = new DefaultFailureConverter();
  }

  errorToFailure(error, ...about) {
    const isPlain = error instanceof Error && error.message === ASK_AGAIN;
    return isPlain ? this.asTheyAre.errorToFailure(error, ...about) : super.errorToFailure(error, ...about);
  }
}

exports.failureConverter = new SealedFailures();
