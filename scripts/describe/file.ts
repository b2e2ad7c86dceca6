import { format, resolveConfig } from 'prettier';
import { describeWire } from '../../src/catapult/openapi/description.ts';

/** The description as docs/openapi.json has it: of a gateway that `npm start` has started. */
export async function descriptionFile(): Promise<string> {
  const options = await resolveConfig('docs/openapi.json');
  return format(JSON.stringify(describeWire('http://127.0.0.1:8080')), { ...options, parser: 'json' });
}
