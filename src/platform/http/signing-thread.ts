import { type MessagePort, parentPort } from 'node:worker_threads';
import { errorText } from '../../base/failure.ts';
import { createCertificateAuthority, issueServingCertificate, type KeyPair } from './certificates.ts';
import type { SigningAnswer, SigningOrder } from './signer.ts';

/** The thread behind `withSigner`: makes one certificate at a time. */
if (parentPort !== null) answerOrders(parentPort);

function answerOrders(port: MessagePort): void {
  const answer = async (order: SigningOrder): Promise<SigningAnswer> => {
    try {
      return { kind: 'signed', pair: await sign(order) };
    } catch (thrown) {
      return { kind: 'error', message: errorText(thrown) };
    }
  };
  port.on('message', async (order: SigningOrder) => port.postMessage(await answer(order)));
}

function sign(order: SigningOrder): Promise<KeyPair> {
  return order.kind === 'authority'
    ? createCertificateAuthority(order.subject)
    : issueServingCertificate(order.authority, order.subject, order.names);
}
