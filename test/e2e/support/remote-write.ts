import { parse } from 'protobufjs';

/** A series with samples of its own times, oldest first. */
export interface TimeSeries {
  /** With `__name__`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly atMs: number; readonly value: number }[];
}

/** What Prometheus' remote write protocol 0.1 says. */
const SCHEMA = `
syntax = "proto3";
message WriteRequest { repeated TimeSeries timeseries = 1; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; }
`;

const REQUEST = parse(SCHEMA, { keepCase: true }).root.lookupType('WriteRequest');

/** The body of a remote write: protobuf in the snappy block format. */
export function encodeRemoteWrite(series: readonly TimeSeries[]): Uint8Array {
  const timeseries = series.map(({ labels, samples }) => ({
    labels: Object.entries(labels)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, value]) => ({ name, value })),
    samples: samples.map(({ atMs, value }) => ({ value, timestamp: atMs })),
  }));
  return snappyOf(REQUEST.encode(REQUEST.fromObject({ timeseries })).finish());
}

const LITERAL_BYTES_MAX = 0x1_00_00;
/** Tag of a literal whose length, less one, stands in the two bytes that follow. */
const LITERAL_OF_TWO_BYTES = 61 << 2;

/** A snappy block that repeats nothing: the format lets every byte be a literal. */
function snappyOf(plain: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [lengthVarint(plain.length)];
  for (let start = 0; start < plain.length; start += LITERAL_BYTES_MAX) {
    const literal = plain.subarray(start, start + LITERAL_BYTES_MAX);
    const last = literal.length - 1;
    parts.push(Uint8Array.of(LITERAL_OF_TWO_BYTES, last & 0xff, last >> 8), literal);
  }
  return Buffer.concat(parts);
}

function lengthVarint(length: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.of(...bytes, rest);
    bytes.push((rest % 128) + 128);
  }
}
