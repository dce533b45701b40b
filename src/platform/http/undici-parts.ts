import { createRequire } from 'node:module';
import type { Agent, Dispatcher, ProxyAgent } from 'undici';

/** What connections are made of. */
export interface UndiciParts {
  readonly Agent: typeof Agent;
  readonly ProxyAgent: typeof ProxyAgent;
}

const PACKAGE = 'undici';

/**
 * The parts of undici that connections need. Its entry brings fetch, caches, mocks and sockets of the web along, some ten MiB
 * in every process, of which Node has its own copy besides; so the parts are taken by their files. Those are not promised by
 * its version: where they are not found, the whole package does the same.
 */
export function loadUndiciParts(load: (id: string) => unknown = createRequire(import.meta.url)): UndiciParts {
  try {
    const parts = {
      Agent: load(`${PACKAGE}/lib/dispatcher/agent.js`),
      ProxyAgent: load(`${PACKAGE}/lib/dispatcher/proxy-agent.js`),
    } as UndiciParts;
    const { prototype } = load(`${PACKAGE}/lib/dispatcher/dispatcher.js`) as { readonly prototype: Dispatcher };
    // As the entry does: `request` and its like are given to dispatchers afterwards.
    Object.assign(prototype, load(`${PACKAGE}/lib/api/index.js`));
    return parts;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw thrown;
    return load(PACKAGE) as UndiciParts;
  }
}
