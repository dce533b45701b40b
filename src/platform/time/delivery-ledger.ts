import type { Clock, DeliveryLedger, Release } from '../../base/clock.ts';
import { CLOSED_DELIVERY_TOKEN_COUNT_MAX } from '../../base/limits.ts';

interface Flight {
  count: number;
  readonly release: Release;
}

/**
 * A ledger that holds `clock` for each token with events in flight. The server must call `sent` before it answers the
 * write that caused the event, and a cache `received` after its listeners have run: then there is no instant at which a
 * change is known to nobody and held by nobody.
 */
export function createDeliveryLedger(clock: Pick<Clock, 'hold'>): DeliveryLedger {
  const flights = new Map<string, Flight>();
  // A server may write to a stream that its client has already left.
  const closedTokens = new Set<string>();

  return {
    sent(token) {
      if (closedTokens.has(token)) return;
      const flight = flights.get(token);
      if (flight === undefined) flights.set(token, { count: 1, release: clock.hold(`watch ${token}`) });
      else flight.count++;
    },
    received(token) {
      const flight = flights.get(token);
      if (flight === undefined) return;
      flight.count--;
      if (flight.count > 0) return;
      flights.delete(token);
      flight.release();
    },
    closed(token) {
      closedTokens.add(token);
      forgetOldest(closedTokens);
      const flight = flights.get(token);
      flights.delete(token);
      flight?.release();
    },
  };
}

function forgetOldest(tokens: Set<string>): void {
  if (tokens.size <= CLOSED_DELIVERY_TOKEN_COUNT_MAX) return;
  for (const oldest of tokens) {
    tokens.delete(oldest);
    return;
  }
}
