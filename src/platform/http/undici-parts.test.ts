import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as undici from 'undici';
import { describe, expect, test } from 'vitest';
import { Agent, ProxyAgent } from './undici-parts.ts';

/** In a process of its own, because this one has the whole package for comparison. */
function inNewProcess(program: string): unknown {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

describe('parts of undici', () => {
  test('they are those of the package', () => {
    expect([Agent, ProxyAgent]).toEqual([undici.Agent, undici.ProxyAgent]);
  });

  test('they come without the rest, and can send requests', () => {
    const program = `
      import { createRequire } from 'node:module';
      import { Agent } from './undici-parts.ts';
      const { cache } = createRequire(import.meta.url);
      console.log(JSON.stringify({
        isEntryLoaded: Object.keys(cache).some((file) => /undici.(index|lib.web.fetch.index)[.]js$/.test(file)),
        request: typeof new Agent().request,
      }));`;
    expect(inNewProcess(program)).toEqual({ isEntryLoaded: false, request: 'function' });
  });
});
