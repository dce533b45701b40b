import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, Failure } from '../../base/failure.ts';
import type { LabPrometheusChoice, LabSpeed } from '../config/lab-config.ts';

/** Which Prometheus the pods of a lab are that have its image. */
export type LabPrometheusProgram =
  | { readonly kind: 'installed'; readonly path: string }
  | { readonly kind: 'embedded'; readonly why: EmbeddedReason };

/** Why the lab's own is taken. `accelerated`: one is there, and keeps the time of this machine. */
export type EmbeddedReason =
  | { readonly code: 'asked' }
  | { readonly code: 'absent' }
  | { readonly code: 'accelerated'; readonly path: string };

/**
 * Takes the Prometheus of this machine where there is one and time runs as it does there: samples have the instants of its own
 * clock. Throws Failure('notFound') for one that is named and that nobody can run.
 */
export async function choosePrometheus(choice: LabPrometheusChoice, speed: LabSpeed): Promise<LabPrometheusProgram> {
  if (choice.kind === 'embedded') return { kind: 'embedded', why: { code: 'asked' } };
  const path = choice.kind === 'named' ? await requireProgram(choice.path) : await findProgram(choice.folders);
  if (path === undefined) return { kind: 'embedded', why: { code: 'absent' } };
  const isRealTime = speed.kind === 'factor' && speed.factor === 1;
  return isRealTime ? { kind: 'installed', path } : { kind: 'embedded', why: { code: 'accelerated', path } };
}

async function requireProgram(path: string): Promise<string> {
  try {
    await access(path, constants.X_OK);
    return path;
  } catch (cause) {
    const isAbsent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = isAbsent ? 'no such file' : `cannot be run: ${errorText(cause)}`;
    throw new Failure('notFound', `--prometheus=${path}: ${why}`, {
      cause,
      hint: 'name the program prometheus itself, or embedded for the lab’s own',
    });
  }
}

async function findProgram(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, 'prometheus');
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}
