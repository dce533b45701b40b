import type { ApiGroup, ApiResource } from './discovery.ts';
import { BackwardMessage } from './protobuf-message.ts';

/** `APIGroup`, by the field numbers of k8s.io/apimachinery. */
export function encodeGroup({ name, versions }: ApiGroup): Uint8Array {
  const message = new BackwardMessage();
  const writeVersion = (field: number, version: string): void => {
    message.message(field, () => message.text(2, version).text(1, `${name}/${version}`));
  };
  writeVersion(3, versions[0]);
  for (const version of versions.toReversed()) writeVersion(2, version);
  return message.text(1, name).end();
}

/** `APIResourceList` */
export function encodeResourceList(groupVersion: string, resources: readonly ApiResource[]): Uint8Array {
  const message = new BackwardMessage();
  for (const { name, isNamespaced, kind, verbs } of resources.toReversed()) {
    message.message(2, () => {
      message.message(4, () => {
        for (const verb of verbs.toReversed()) message.text(1, verb);
      });
      message
        .text(3, kind)
        .integer(2, isNamespaced ? 1 : 0)
        .text(1, name);
    });
  }
  return message.text(1, groupVersion).end();
}
