import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as undici from 'undici';
import { describe, expect, test } from 'vitest';
import { loadUndiciParts } from './undici-parts.ts';

/** In a process of its own, because this one has the whole package for comparison. */
function inNewProcess(program: string): unknown {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

describe('loadUndiciParts', () => {
  test('the parts are those of the package', () => {
    const { Agent, ProxyAgent } = loadUndiciParts();
    expect([Agent, ProxyAgent]).toEqual([undici.Agent, undici.ProxyAgent]);
  });

  test('in the version that is installed they come without the rest, and can send requests', () => {
    const program = `
      import { createRequire } from 'node:module';
      import { loadUndiciParts } from './undici-parts.ts';
      const { Agent } = loadUndiciParts();
      const { cache } = createRequire(import.meta.url);
      console.log(JSON.stringify({
        isEntryLoaded: Object.keys(cache).some((file) => /undici.(index|lib.web.fetch.index)[.]js$/.test(file)),
        request: typeof new Agent().request,
      }));`;
    expect(inNewProcess(program)).toEqual({ isEntryLoaded: false, request: 'function' });
  });

  test.each<readonly [why: string, code: string, isWhole: boolean]>([
    ['a version that keeps its files elsewhere does the same with the whole package', 'MODULE_NOT_FOUND', true],
    ['a file that is there and broken is no other version', 'ERR_INVALID_SOURCE', false],
  ])('%s', (_why, code, isWhole) => {
    const load = (id: string): unknown => {
      if (id === 'undici') return undici;
      throw Object.assign(new Error(id), { code });
    };
    if (isWhole) expect(loadUndiciParts(load).Agent).toBe(undici.Agent);
    else expect(() => loadUndiciParts(load)).toThrow('undici/lib/dispatcher/agent.js');
  });
});
