import { spawnSync } from 'node:child_process';
import { bundleProgram } from './bundle.ts';

/** Makes `dist/`, because Node refuses TypeScript under `node_modules`: the program, the libraries' types, and the web page. */
async function build(): Promise<void> {
  await bundleProgram('dist');
  run('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json']);
  run(process.execPath, ['scripts/build-web.ts']);
}

function run(program: string, args: readonly string[]): void {
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${status}`);
}

await build();
