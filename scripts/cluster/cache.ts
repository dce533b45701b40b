import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where built programs and clusters' scratch folders live: outside the repository, kept between runs. */
export function cacheFolder(environment: NodeJS.ProcessEnv): string {
  const { PODTIDE_CACHE: own, XDG_CACHE_HOME: shared } = environment;
  if (own !== undefined && own !== '') return own;
  return join(shared !== undefined && shared !== '' ? shared : join(homedir(), '.cache'), 'podtide');
}
