/** What a handler needs of a request that only reads; a `Request` is one. */
export interface ReadingRequest extends Pick<Request, 'method' | 'url' | 'signal'> {
  readonly headers: Pick<Headers, 'get' | 'keys'>;
}
