import type { ServerVersion } from '../../metrics/serve/aggregated-server.ts';

/** The version that a server of ours tells, in the form of Go's programs; what only they have is left empty. */
export function serverVersion(programVersion: string): ServerVersion {
  const [major = '', minor = ''] = programVersion.split('.');
  return {
    major,
    minor,
    gitVersion: `v${programVersion}`,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: `node ${process.versions.node}`,
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}
