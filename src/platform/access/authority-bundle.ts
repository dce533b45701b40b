import { X509Certificate } from 'node:crypto';
import { CLIENT_CERTIFICATE_VERDICTS_COUNT_MAX } from '../../base/access-limits.ts';
import { BoundedMap } from '../../base/bounded-map.ts';
import { errorText, Failure } from '../../base/failure.ts';

/** How long a chain is good; the shortest of its certificates. Epoch milliseconds. */
interface ChainValidity {
  readonly fromMs: number;
  readonly toMs: number;
}

const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';

/**
 * Authorities that sign client certificates of one kind. TLS is given the authorities of all kinds together and only says
 * that one of them signed; this says which. An intermediate authority must be in the bundle with its root: Node does not
 * show the chain that a client sent once TLS has accepted it, and its servers accept no chain without the root, both unlike
 * Go's.
 */
export class AuthorityBundle {
  /** PEM text of all certificates. */
  readonly pem: string;
  readonly #certificates: readonly X509Certificate[];
  /** By fingerprint of the leaf, in the order of their last use; null for a certificate that is of nobody here. */
  readonly #verdicts = new BoundedMap<string, ChainValidity | null>(CLIENT_CERTIFICATE_VERDICTS_COUNT_MAX);

  private constructor(certificates: readonly X509Certificate[]) {
    this.#certificates = certificates;
    this.pem = certificates.map((certificate) => certificate.toString()).join('');
  }

  /**
   * Reads one or several certificates.
   *
   * @param source where the text is from, for the message: `kube-system/extension-apiserver-authentication client-ca-file`
   * @throws Failure('invalid') when there is none or one cannot be read
   */
  static read(pem: string, source: string): AuthorityBundle {
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length === 0) throw new Failure('invalid', `${source}: holds no certificate in PEM form`);
    return new AuthorityBundle(
      blocks.map((block, index) => {
        try {
          return new X509Certificate(block);
        } catch (thrown) {
          const text = `${source}: certificate ${index + 1} cannot be read: ${errorText(thrown)}`;
          throw new Failure('invalid', text, { cause: thrown });
        }
      }),
    );
  }

  /** Whether any certificate is in both bundles. */
  sharesWith(other: AuthorityBundle): boolean {
    const fingerprints = new Set(other.#certificates.map(({ fingerprint256 }) => fingerprint256));
    return this.#certificates.some(({ fingerprint256 }) => fingerprints.has(fingerprint256));
  }

  /**
   * What stands against the certificate as one that authenticates a client of these authorities now; undefined when
   * nothing does. Asked for each request, because connections outlive certificates. The use must be stated: upstream takes
   * a certificate without any stated use for a client's too.
   */
  problemOf(leaf: X509Certificate, nowMs: number): string | undefined {
    const validity = this.#validityOf(leaf);
    if (validity === null) return 'is not signed by the authority';
    if (nowMs < validity.fromMs) return 'is not valid yet';
    if (nowMs > validity.toMs) return 'has expired';
    return leaf.keyUsage?.includes(CLIENT_AUTHENTICATION) === true
      ? undefined
      : 'is not for client authentication: its extended key usage does not say so';
  }

  #validityOf(leaf: X509Certificate): ChainValidity | null {
    const { fingerprint256 } = leaf;
    const known = this.#verdicts.get(fingerprint256);
    const validity = known === undefined ? this.#verify(leaf) : known;
    this.#verdicts.set(fingerprint256, validity);
    return validity;
  }

  #verify(leaf: X509Certificate): ChainValidity | null {
    const issuers = this.#certificates.filter((candidate) => isIssuedBy(leaf, candidate));
    // An authority that was renewed with its key is there twice, and the younger one counts.
    const [youngest] = issuers.sort((one, other) => other.validToDate.getTime() - one.validToDate.getTime());
    return youngest === undefined ? null : overlap(validityOf(leaf), validityOf(youngest));
  }
}

/** Names and key identifiers are not enough: another authority may have the same name. */
function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function validityOf(certificate: X509Certificate): ChainValidity {
  return { fromMs: certificate.validFromDate.getTime(), toMs: certificate.validToDate.getTime() };
}

function overlap(one: ChainValidity, other: ChainValidity): ChainValidity {
  return { fromMs: Math.max(one.fromMs, other.fromMs), toMs: Math.min(one.toMs, other.toMs) };
}
