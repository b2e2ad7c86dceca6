/** Shows progress: through the parent that started this part, if there is one, so that its lines come in order. */
export function report(progress: string): void {
  if (process.send) process.send({ progress });
  else process.stderr.write(`${progress}\n`);
}
