import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { findFreePorts } from '../../scripts/cluster/ports.ts';

/** So many of some 12,000 that, drawn blindly, ten or more would come up twice. */
const PORTS_COUNT = 300;

test('ports that nobody has bound yet are not given to anybody else, here or in another process', async () => {
  const source = `import { findFreePorts } from '${resolve('scripts/cluster/ports.ts')}';
    console.log(JSON.stringify(await findFreePorts(${PORTS_COUNT})));`;
  const here = [...(await findFreePorts(PORTS_COUNT)), ...(await findFreePorts(PORTS_COUNT))];
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source]);
  const all: readonly number[] = [...here, ...JSON.parse(stdout)];
  expect(new Set(all).size).toBe(3 * PORTS_COUNT);
});
