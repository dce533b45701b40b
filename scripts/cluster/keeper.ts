/**
 * Ends a cluster when the process that started it is gone, however it went: it holds the reading end of a pipe whose
 * writing end dies with that process. Usage: `node keeper.ts FOLDER`, with the pipe as its standard input.
 */
import { endCluster } from './end.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('keeper needs the cluster folder');

// The terminal's Ctrl-C reaches the starter too; whether the cluster ends is for the pipe alone to say.
process.on('SIGINT', () => {});
process.stdin.resume();
process.stdin.once('end', () => void endCluster(folder));
