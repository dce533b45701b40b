import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Failure } from '../../src/base/failure.ts';

const KUBECTL_TIMEOUT_MS = 120_000;

/** Runs one kubectl command with nothing of the caller's environment. */
export function runKubectl(
  program: string,
  options: {
    readonly kubeconfig: string;
    readonly folder: string;
    readonly args: readonly string[];
    readonly input?: string;
  },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, options.args, {
      env: environmentOf(options),
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: KUBECTL_TIMEOUT_MS,
    });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Failure('invalid', `kubectl ${options.args.join(' ')} ended with ${code}: ${errors.trim()}`));
    });
    child.stdin.end(options.input ?? '');
  });
}

/** Runs a kubectl command that goes on, such as `get -w`, and hands over each line of its output until stopped. */
export function watchKubectl(
  program: string,
  options: { readonly kubeconfig: string; readonly folder: string; readonly args: readonly string[] },
  onLine: (line: string) => void,
): { stop(): void } {
  const child = spawn(program, options.args, { env: environmentOf(options), stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', onLine);
  return {
    stop() {
      child.kill();
    },
  };
}

function environmentOf(options: { readonly kubeconfig: string; readonly folder: string }): NodeJS.ProcessEnv {
  return { PATH: '/usr/bin:/bin', HOME: options.folder, KUBECONFIG: options.kubeconfig };
}
