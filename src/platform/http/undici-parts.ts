import api from 'undici/lib/api/index.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';

/*
 * The parts of undici that connections need. Its entry brings fetch, caches, mocks and sockets of the web along, some ten MiB
 * in every process, of which Node has its own copy besides; so the parts are taken by their files. Those are not promised by its
 * version, but that is ours to choose: the lock file has it, and what is shipped contains them.
 */

// As the entry does: `request` and its like are given to dispatchers afterwards.
Object.assign(Dispatcher.prototype, api);

export { Agent, ProxyAgent };
