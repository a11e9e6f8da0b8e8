import { endWithFailure } from './end.ts';

/** How long the live view has to go away in a crash. */
const VIEW_ENDS_MS = 1_000;

/** An error that nobody waited for is a bug. It is told as every other, on a terminal that is as it was. */
export async function endAbruptly(error: unknown): Promise<void> {
  const { leaveView } = await import('../../progress/printer.ts');
  // A view that hangs as well is left to the end of the process.
  await Promise.race([leaveView(), new Promise(resolve => setTimeout(resolve, VIEW_ENDS_MS))]);
  endWithFailure(error);
  process.exit();
}
