import { createCertificateAuthority, issueServingCertificate } from '../../src/platform/http/certificates.ts';

/** By what a fake sink on loopback speaks TLS, as the real ones do. */
export interface SinkIdentity {
  readonly tls: { readonly cert: string; readonly key: string };
  /** The authority that its certificate is of, PEM: what `--sink-ca-file` names. */
  readonly authority: string;
}

export async function sinkIdentity(): Promise<SinkIdentity> {
  const lifetime = { nowMs: Date.now(), validityMs: 86_400_000 };
  const authority = await createCertificateAuthority({ commonName: 'sinks', ...lifetime });
  const names = { dnsNames: ['localhost'], addresses: ['127.0.0.1'] };
  const { certificate, privateKey } = await issueServingCertificate(
    authority,
    { commonName: 'sink', ...lifetime },
    names,
  );
  return { tls: { cert: certificate, key: privateKey }, authority: authority.certificate };
}
