import type { Release } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import {
  HISTORY_RECORD_BYTES_MAX,
  HISTORY_RECORDS_COUNT_MAX,
  HISTORY_RECORDS_PER_HPA_COUNT_MAX,
  HISTORY_SUMMARIES_COUNT_MAX,
  HISTORY_SUMMARIES_PER_HPA_COUNT_MAX,
} from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import type { DecisionReport } from '../facts/report.ts';
import {
  type DecisionFeed,
  type DecisionListener,
  type DecisionQuery,
  type DecisionRecord,
  type DecisionSummary,
  decisionId,
} from './feed.ts';
import { identityOf, type Precedent, precedentOf, recordOf, recordWith } from './record.ts';
import { type PackedReport, ReportPacker } from './report-packer.ts';
import { SummaryLog } from './summary-log.ts';

/** Bounds of a history. */
export interface HistoryBounds {
  readonly summariesPerHpaCountMax: number;
  readonly summariesCountMax: number;
  /** Of the newest records, and again of the newest changes. */
  readonly recordsPerHpaCountMax: number;
  readonly recordsCountMax: number;
  /** Of all records as they are kept, packed. */
  readonly recordBytesMax: number;
}

/** What a history keeps unless told otherwise. */
export const DEFAULT_HISTORY_BOUNDS: HistoryBounds = {
  summariesPerHpaCountMax: HISTORY_SUMMARIES_PER_HPA_COUNT_MAX,
  summariesCountMax: HISTORY_SUMMARIES_COUNT_MAX,
  recordsPerHpaCountMax: HISTORY_RECORDS_PER_HPA_COUNT_MAX,
  recordsCountMax: HISTORY_RECORDS_COUNT_MAX,
  recordBytesMax: HISTORY_RECORD_BYTES_MAX,
};

/** A record as it is kept; the rest of it is made anew. */
interface KeptRecord {
  readonly id: string;
  readonly packed: PackedReport;
  readonly isChange: boolean;
}

/** The decisions of one HPA, oldest first. Records of changes outlive those of uneventful syncs. */
interface HpaHistory {
  readonly summaries: SummaryLog;
  readonly recent: KeptRecord[];
  readonly changes: KeptRecord[];
  precedent: Precedent | undefined;
}

/**
 * The decisions of one controller process: a summary of every sync, the whole record of the newest syncs and of each
 * change, all within bounds. What falls out is the oldest of the same HPA or, at the bound of the whole, the oldest of
 * the HPA that has been quiet for longest.
 */
export class DecisionHistory implements DecisionFeed {
  readonly #cluster: string;
  readonly #bounds: HistoryBounds;
  readonly #log: Log;
  /** In the order of their newest decision, so that the first is the one that has been quiet for longest. */
  readonly #hpas = new Map<string, HpaHistory>();
  readonly #records = new Map<string, KeptRecord>();
  readonly #packer = new ReportPacker();
  readonly #listeners = new Set<DecisionListener>();
  #summaryCount = 0;
  #recordBytes = 0;

  constructor(cluster: string, log: Log, bounds: HistoryBounds = DEFAULT_HISTORY_BOUNDS) {
    this.#cluster = cluster;
    this.#log = log;
    this.#bounds = bounds;
  }

  /** Takes in what a sync led to, and tells those who watch. */
  record(report: DecisionReport): void {
    const key = `${report.decision.hpa.namespace}/${report.decision.hpa.name}`;
    const history = this.#hpas.get(key) ?? this.#newHistory();
    const record = recordOf(this.#cluster, report, history.precedent);
    this.#hpas.delete(key);
    this.#hpas.set(key, history);
    this.#keep(history, record, report);
    this.#trim();
    for (const listener of this.#listeners) this.#tell(listener, record);
  }

  async list(query: DecisionQuery): Promise<readonly DecisionSummary[]> {
    const { sinceMs = Number.NEGATIVE_INFINITY, isChangeOnly = false, limitCount = Number.POSITIVE_INFINITY } = query;
    const found: DecisionSummary[] = [];
    for (const { summaries } of this.#matching(query)) {
      found.push(...[...summaries.newestFirst({ sinceMs, isChangeOnly, limitCount })].reverse());
    }
    found.sort((left, right) => left.atMs - right.atMs);
    const newest = found.slice(Math.max(0, found.length - limitCount));
    return newest.map((summary) => ({ ...summary, hasRecord: this.#records.has(summary.id) }));
  }

  async at(id: string): Promise<DecisionRecord | undefined> {
    const kept = this.#records.get(id);
    return kept === undefined ? undefined : recordWith(this.#cluster, this.#packer.unpack(kept.packed), kept.isChange);
  }

  watch(listener: DecisionListener): Release {
    // A wrapper of its own, so that the same function can watch twice and be released once.
    const entry: DecisionListener = (record) => listener(record);
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  /** What is held, for telemetry; records as they are packed. */
  get counts(): { readonly summaryCount: number; readonly recordCount: number; readonly recordBytes: number } {
    return { summaryCount: this.#summaryCount, recordCount: this.#records.size, recordBytes: this.#recordBytes };
  }

  #matching(query: DecisionQuery): readonly HpaHistory[] {
    if (query.namespace !== undefined && query.name !== undefined) {
      const one = this.#hpas.get(`${query.namespace}/${query.name}`);
      return one === undefined ? [] : [one];
    }
    return [...this.#hpas].filter(([key]) => matchesKey(key, query)).map(([, history]) => history);
  }

  #newHistory(): HpaHistory {
    const idOf = ({ hpa, atMs }: Pick<DecisionSummary, 'hpa' | 'atMs'>): string =>
      decisionId(identityOf(this.#cluster, hpa, atMs));
    return { summaries: new SummaryLog(idOf), recent: [], changes: [], precedent: undefined };
  }

  #keep(history: HpaHistory, record: DecisionRecord, report: DecisionReport): void {
    const perHpa = this.#bounds.recordsPerHpaCountMax;
    const { isChange } = record.summary;
    history.precedent = precedentOf(record, history.precedent);
    history.summaries.push(record.summary);
    this.#summaryCount++;
    if (history.summaries.count > this.#bounds.summariesPerHpaCountMax) this.#dropSummary(history);
    const kept: KeptRecord = { id: record.id, packed: this.#packer.pack(report), isChange };
    this.#records.set(kept.id, kept);
    this.#recordBytes += kept.packed.length;
    history.recent.push(kept);
    if (isChange) history.changes.push(kept);
    if (history.recent.length > perHpa) this.#dropRecord(history, history.recent);
    if (history.changes.length > perHpa) this.#dropRecord(history, history.changes);
  }

  /** Makes room at the bound of the whole. Each round takes one entry away, so it ends. */
  #trim(): void {
    const { recordsCountMax, recordBytesMax } = this.#bounds;
    while (this.#records.size > recordsCountMax || this.#recordBytes > recordBytesMax) {
      const quietest = this.#quietest((history) => history.recent.length + history.changes.length > 0);
      if (quietest === undefined) return;
      this.#dropRecord(quietest, quietest.recent.length > 0 ? quietest.recent : quietest.changes);
    }
    while (this.#summaryCount > this.#bounds.summariesCountMax) {
      const quietest = this.#quietest((history) => history.summaries.count > 0);
      if (quietest === undefined) return;
      this.#dropSummary(quietest);
    }
    for (const [key, history] of this.#hpas) {
      if (history.summaries.count + history.recent.length + history.changes.length > 0) break;
      this.#hpas.delete(key);
    }
  }

  #quietest(hasEntries: (history: HpaHistory) => boolean): HpaHistory | undefined {
    for (const history of this.#hpas.values()) if (hasEntries(history)) return history;
    return undefined;
  }

  #dropSummary(history: HpaHistory): void {
    if (history.summaries.dropOldest()) this.#summaryCount--;
  }

  /** Takes the oldest out of one list; the record itself goes when the other list does not hold it either. */
  #dropRecord(history: HpaHistory, list: KeptRecord[]): void {
    const dropped = list.shift();
    if (dropped === undefined) return;
    if (history.recent.includes(dropped) || history.changes.includes(dropped)) return;
    this.#recordBytes -= dropped.packed.length;
    this.#records.delete(dropped.id);
  }

  #tell(listener: DecisionListener, record: DecisionRecord): void {
    try {
      listener(record);
    } catch (thrown) {
      this.#log.error('a follower of the decision feed failed', { error: errorText(thrown) });
    }
  }
}

function matchesKey(key: string, query: DecisionQuery): boolean {
  if (query.namespace !== undefined && !key.startsWith(`${query.namespace}/`)) return false;
  return query.name === undefined || key.endsWith(`/${query.name}`);
}
