/**
 * When the next scrape of a node is due, epoch ms: once each resolution at a moment of its own, which its name decides, so
 * that scrapes are spread over time, two replicas scrape a node together, and a restart changes nothing; or at `phaseMs`
 * into each resolution, where that is given. At least half a resolution after `startedAtMs`, when the last scrape began,
 * because a kubelet measures no more often than that.
 */
export function nextScrapeAtMs(
  nodeName: string,
  startedAtMs: number,
  resolutionMs: number,
  phaseMs = Math.floor(nameFraction(nodeName) * resolutionMs),
): number {
  const earliestMs = startedAtMs + resolutionMs / 2;
  return Math.ceil((earliestMs - phaseMs) / resolutionMs) * resolutionMs + phaseMs;
}

/** A number from 0 up to, but not 1, evenly spread over names (FNV-1a, its bits mixed: names often differ at the end only). */
function nameFraction(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
