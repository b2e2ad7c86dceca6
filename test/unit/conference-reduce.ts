import { reduce } from '../../src/conference/reduce.ts';
import type { Context, Effect } from '../../src/conference/state/effects.ts';
import type { Input } from '../../src/conference/state/inputs.ts';
import type { ConferenceState } from '../../src/conference/state/state.ts';

/** One step of the rules that leaves the state it is given as it is. */
export function reduceCopy(
  state: ConferenceState,
  input: Input,
  context: Context,
): { state: ConferenceState; effects: Effect[] } {
  const next = copyOf(state);
  const effects = copyOf(reduce(next, input, context));
  return { state: next, effects };
}

/** What a state is carried as, to the next run. */
function copyOf<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
