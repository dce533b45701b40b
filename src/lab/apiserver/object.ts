import type { ObjectMeta } from '../../core/autoscaling/types.ts';

/** Plain JSON, as it travels. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [field: string]: Json | undefined };

/**
 * An object of the API as the server holds it: plain JSON that is never changed once stored, so that readers may keep it.
 * A change is a new object. Fields whose value is undefined count as absent.
 */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}
