import { cutText } from '../../base/cut-text.ts';
import { CLUSTER_TEXT_LENGTH_MAX } from '../../base/message-limits.ts';

/**
 * Words of a cluster as part of a line of ours: line ends and other control characters become spaces, and what is longer
 * than anybody reads is cut between characters. Sinks escape it besides, each for its receiver.
 */
export function clusterText(text: string): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return cutText(line, CLUSTER_TEXT_LENGTH_MAX);
}
