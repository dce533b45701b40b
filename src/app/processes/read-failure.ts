import { errorText, Failure } from '../../base/failure.ts';

/** Why a file cannot be read; `name` is what messages call it: its path, or the flag that names it with the path behind. */
export function readFailure(name: string, thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (code === 'ENOENT') return new Failure('notFound', `${name}: no such file`, { cause: thrown });
  if (code === 'EACCES') return new Failure('denied', `${name}: not readable`, { cause: thrown });
  if (code === 'EISDIR') {
    return new Failure('invalid', `${name}: is a folder; name one of the files in it`, { cause: thrown });
  }
  return new Failure('invalid', `${name}: ${errorText(thrown)}`, { cause: thrown });
}
