import { connectToTemporal } from './client/index.ts';
import { GRPC, grpcStatusOf } from './client/grpc.ts';
import { temporalInWords, type Config } from './config.ts';
import { Failure, reasonOf } from './failure.ts';
import { prepareNamespace } from './namespace.ts';
import { prepareEndpoints } from './nexus-endpoints.ts';

/**
 * `convoke setup`: makes what conferences need of a Temporal server and is not there, and tells what it made.
 * @throws Failure when Temporal does not answer, does not let us, or has something that does not fit.
 */
export async function setUp(config: Config): Promise<void> {
  const { nexusAccounts, temporal } = config;
  const { connectionOptions, namespace, payloadKeys } = temporal;
  const { connection, close } = connectToTemporal(connectionOptions, namespace, payloadKeys);
  process.stdout.write(`${temporalInWords(config)}:\n`);
  try {
    const report = (line: string) => process.stdout.write(`  ${line}\n`);
    await prepareNamespace(connection, namespace, report);
    await prepareEndpoints(connection, namespace, nexusAccounts, report);
    process.stdout.write('Conferences have what they need there.\n');
  } catch (error) {
    if (error instanceof Failure && error.cause === undefined) throw error;
    throw new Failure(`${whatIsWrong(error)}${reasonOf(error)}`);
  } finally {
    await close();
  }
}

function whatIsWrong(error: unknown): string {
  const code = grpcStatusOf(error)?.code;
  if (code === GRPC.permissionDenied || code === GRPC.unauthenticated)
    return 'Temporal does not let us (TEMPORAL_API_KEY, TEMPORAL_TLS_*): ';
  if (error instanceof Failure) return '';
  return 'Temporal does not answer there, or not as one: ';
}
