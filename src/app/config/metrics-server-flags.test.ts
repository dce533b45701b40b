import { describe, expect, test } from 'vitest';
import { parseMetricsServerWords } from './metrics-server-config.ts';

const NUMBER = 'must be a whole number from';
const DURATION = 'must be a duration such as 15s, 5m0s or 1h30m';
const COMPLETELY = '--deprecated-kubelet-completely-insecure';

describe('what is refused', () => {
  const problems: readonly [words: readonly string[], ...messages: string[]][] = [
    [['--metric-resolution=5s'], '--metric-resolution=5s: must be at least 10s'],
    [['--metric-resolution=15'], `--metric-resolution=15: ${DURATION}`],
    [
      ['--metric-resolution=10s'],
      '--kubelet-request-timeout=10s: must not be longer than 0.9 times --metric-resolution, which is 10s',
    ],
    [
      ['--kubelet-request-timeout=1m'],
      '--kubelet-request-timeout=1m0s: must not be longer than 0.9 times --metric-resolution, which is 1m0s',
    ],
    [['--kubelet-request-timeout=0s'], '--kubelet-request-timeout=0s: must be more than 0s'],
    [['--stale-sample-age=30s'], '--stale-sample-age: must be 0s, or not shorter than --metric-resolution'],
    [['--kubelet-port=0'], `--kubelet-port=0: ${NUMBER} 1 to 65535`],
    [['--kubelet-port=0x1f90'], `--kubelet-port=0x1f90: ${NUMBER} 1 to 65535`],
    [['--secure-port=70000'], `--secure-port=70000: ${NUMBER} 0 to 65535`],
    [['--kubelet-insecure-tls=yes'], '--kubelet-insecure-tls=yes: must be true or false'],
    [
      ['--kubelet-preferred-address-types=InternalIp'],
      '--kubelet-preferred-address-types=InternalIp: must be kinds of node addresses joined by commas, of Hostname, InternalDNS, InternalIP, ExternalDNS, ExternalIP; "InternalIp" is none',
    ],
    [
      ['--kubelet-preferred-address-types='],
      '--kubelet-preferred-address-types=: must name at least one kind of address',
    ],
    [
      ['--kubelet-insecure-tls', '--kubelet-certificate-authority=a'],
      '--kubelet-certificate-authority: cannot be used together with --kubelet-insecure-tls',
    ],
    [['--kubelet-client-key=a'], '--kubelet-client-key: goes together with --kubelet-client-certificate'],
    [['--kubelet-client-certificate=a'], '--kubelet-client-certificate: goes together with --kubelet-client-key'],
    [
      [COMPLETELY, '--kubelet-client-certificate=a', '--kubelet-client-key=b'],
      `--kubelet-client-certificate: cannot be used together with ${COMPLETELY}`,
      `--kubelet-client-key: cannot be used together with ${COMPLETELY}`,
    ],
    [[COMPLETELY, '--kubelet-insecure-tls'], `--kubelet-insecure-tls: cannot be used together with ${COMPLETELY}`],
    [
      [COMPLETELY, '--kubelet-certificate-authority=a'],
      `--kubelet-certificate-authority: cannot be used together with ${COMPLETELY}`,
    ],
    [
      ['-l', 'a=b=c'],
      "--node-selector=a=b=c: must be a label selector such as pool=web,!virtual: found '=', expected: ',' or 'end of string'",
    ],
    [
      ['--bind-address=localhost'],
      '--bind-address=localhost: must be an IP address such as 10.0.0.7 or ::, without a port',
    ],
    [
      ['--bind-address=10.0.0.7:443'],
      '--bind-address=10.0.0.7:443: must be an IP address such as 10.0.0.7 or ::, without a port',
    ],
    [['--tls-private-key-file=a'], '--tls-private-key-file: goes together with --tls-cert-file'],
    [['--tls-sni-cert-key=a'], '--tls-sni-cert-key=a: must be CERTIFICATE,KEY or CERTIFICATE,KEY:NAME,NAME'],
    [['--tls-sni-cert-key=a,b:'], '--tls-sni-cert-key=a,b:: must be CERTIFICATE,KEY or CERTIFICATE,KEY:NAME,NAME'],
    [
      ['--tls-min-version=TLSv1.2'],
      '--tls-min-version=TLSv1.2: must be one of VersionTLS10, VersionTLS11, VersionTLS12, VersionTLS13',
    ],
    [
      ['--tls-cipher-suites=constructor'],
      '--tls-cipher-suites=constructor: must be cipher suites by Go\'s names joined by commas, for example TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; "constructor" is none that is served',
    ],
    [
      ['--tls-curve-preferences=23,P-256'],
      '--tls-curve-preferences=23,P-256: must be numbers of key exchange groups joined by commas, of 23 (P-256), 24 (P-384), 25 (P-521), 29 (X25519), 4587 (SecP256r1MLKEM768), 4588 (X25519MLKEM768), 4589 (SecP384r1MLKEM1024); "P-256" is none',
    ],
    [['--max-requests-inflight=-1'], `--max-requests-inflight=-1: ${NUMBER} 0 to 1000000`],
    [['--request-timeout=0'], '--request-timeout=0: must be more than 0s'],
    [['--shutdown-delay-duration=-1s'], '--shutdown-delay-duration=-1s: must not be negative'],
    [['--authentication-token-webhook-cache-ttl=10'], `--authentication-token-webhook-cache-ttl=10: ${DURATION}`],
    [
      ['--authorization-webhook-cache-authorized-ttl=-1s'],
      '--authorization-webhook-cache-authorized-ttl=-1s: must not be negative',
    ],
    [
      ['--requestheader-username-headers=X-Remote-User,'],
      '--requestheader-username-headers=X-Remote-User,: must be names of HTTP headers joined by commas; "" is none',
    ],
    [
      ['--requestheader-allowed-names=,'],
      '--requestheader-allowed-names=,: must be common names joined by commas; "" is none',
    ],
    [
      ['--authorization-always-allow-paths=/a*b'],
      '--authorization-always-allow-paths=/a*b: must be paths joined by commas, with * at the end alone; "/a*b" is none',
    ],
    [['--service=metrics-server'], '--service=metrics-server: must be NAMESPACE/NAME'],
    [['--apiservice-ca-bundle=true'], '--apiservice-ca-bundle=true: must be keep or leave'],
    [['--logging-format=klog'], '--logging-format=klog: must be json or text'],
    [['-v', 'high'], `--v=high: ${NUMBER} 0 to 2147483647`],
    [['--log-level=trace'], '--log-level=trace: must be debug, info, warn or error'],
    [['now'], 'now: is no flag, and there is nothing else to say here'],
    [['--audit-log-maxage=long'], '--audit-log-maxage=long: must be a whole number that is not negative'],
    [
      ['--http2-max-streams-per-connection=-1'],
      '--http2-max-streams-per-connection=-1: must be a whole number that is not negative',
    ],
    [['--livez-grace-period=-1s'], '--livez-grace-period=-1s: must not be negative'],
    [['--profiling=off'], '--profiling=off: must be true or false'],
    [['--goaway-chance=1%'], '--goaway-chance=1%: must be a number such as 0.01'],
    [['--livez-grace-period=10'], `--livez-grace-period=10: ${DURATION}`],
    [
      ['–kubelet-insecure-tls', '--metric-resolution=1s', '--secure-port=x', '--nonsense'],
      '–kubelet-insecure-tls: has – (U+2013, en dash); write --kubelet-insecure-tls',
      '--nonsense: no such flag',
      '--metric-resolution=1s: must be at least 10s',
      `--secure-port=x: ${NUMBER} 0 to 65535`,
    ],
  ];
  test.each(problems)('%j', (words, ...messages) => {
    expect(() => parseMetricsServerWords(words)).toThrow(
      expect.objectContaining({ name: 'Failure', kind: 'invalid', message: messages.join('\n') }),
    );
  });
});
