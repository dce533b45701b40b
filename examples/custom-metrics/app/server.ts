// An app that counts what it does: each answer adds one to myapp_processed_ops_total, which /metrics shows.
import { createServer } from 'node:http';
import { Counter, Registry } from 'prom-client';

const { HOST = '0.0.0.0', PORT = '8080' } = process.env;

const registry = new Registry();
const processedOps = new Counter({
  name: 'myapp_processed_ops_total',
  help: 'Requests that the app has answered.',
  registers: [registry],
});

const server = createServer(async (request, response) => {
  if (request.url === '/metrics') {
    response.setHeader('content-type', registry.contentType);
    response.end(await registry.metrics());
    return;
  }
  processedOps.inc();
  response.end('Hello, World!');
});

server.listen(Number(PORT), HOST);
process.once('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
});
