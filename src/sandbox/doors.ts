import type { Server } from 'node:http';
import type { Clock } from './clock.ts';

/** Whether the server lets anybody in. */
export interface Doors {
  /** Breaks all connections, and refuses new ones for so many milliseconds; 0 opens the doors again. */
  refuseFor(milliseconds: number): void;
}

export function doorsOf(server: Server, clock: Clock): Doors {
  let openFrom = -Infinity;
  server.on('connection', (socket) => {
    if (clock.now() < openFrom) socket.destroy();
  });
  return {
    refuseFor(milliseconds) {
      openFrom = clock.now() + milliseconds;
      if (milliseconds > 0) server.closeAllConnections();
    },
  };
}
