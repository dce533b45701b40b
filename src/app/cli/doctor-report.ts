import type { ApiStanding, ServerSummary } from '../../core/explain/doctor-apis.ts';
import type { Diagnosis } from '../../core/explain/doctor-diagnosis.ts';
import { type DoctorFinding, severityOfDoctorFinding } from '../../core/explain/doctor-finding.ts';
import { doctorReportIn, explainDoctorFinding } from '../../core/explain/explain-doctor-finding.ts';
import type { Language } from '../../core/explain/language.ts';
import { fitText, textWidth } from './text-width.ts';

/** A diagnosis for a person: a line for each API, then each finding with what to do. */
export function doctorText({ apis, findings }: Diagnosis, language: Language): string {
  const { severities, states, sum } = doctorReportIn(language);
  const colon = language === 'zh-CN' ? '：' : ': ';
  const nameWidth = Math.max(...apis.map((api) => textWidth(apiName(api))));
  const stateWidth = Math.max(...apis.map(({ state }) => textWidth(states[state])));
  const lines = apis.map((api) => {
    const who = api.server === null ? '' : serverLine(api.server, language);
    return `${fitText(apiName(api), nameWidth)}  ${fitText(states[api.state], stateWidth)}  ${who}`.trimEnd();
  });
  const told = findings.flatMap((finding) => {
    const { text, action } = explainDoctorFinding(finding, language);
    return ['', `${severities[severityOfDoctorFinding(finding)]}${colon}${text}`, `    ${action}`];
  });
  const countOf = (severity: string): number =>
    findings.filter((finding) => severityOfDoctorFinding(finding) === severity).length;
  return [...lines, ...told, '', sum(countOf('problem'), countOf('unseen')), ''].join('\n');
}

/** The same as one line of JSON: codes with their parameters, and what they say. */
export function doctorJson({ apis, findings }: Diagnosis, language: Language): string {
  const document = {
    apiVersion: 'podtide.dev/v1',
    kind: 'Diagnosis',
    apis,
    findings: findings.map((finding) => findingJson(finding, language)),
  };
  return `${JSON.stringify(document)}\n`;
}

function findingJson(finding: DoctorFinding, language: Language): object {
  const { code, ...params } = finding;
  return { code, severity: severityOfDoctorFinding(finding), params, ...explainDoctorFinding(finding, language) };
}

/** As the APIService is called. */
function apiName({ group, version }: ApiStanding): string {
  return version === null ? group : `${version}.${group}`;
}

function serverLine(server: ServerSummary, language: Language): string {
  const { itself, unknown, recognised, deployment, pods } = doctorReportIn(language);
  const { known, service, deployments, images, podCount, readyPodCount } = server;
  if (known === 'apiserver') return itself;
  if (known === null && service === null) return '';
  const sign = recognised(server);
  return [
    `${known ?? unknown}${sign === '' ? '' : ` (${sign})`}`,
    ...(service === null ? [] : [`Service ${service}`]),
    ...(deployments.length === 0 ? [] : [deployment(deployments)]),
    ...(images.length === 0 || server.sign === 'image' ? [] : [images.join(' ')]),
    ...(podCount === null || podCount === 0 ? [] : [pods(readyPodCount, podCount)]),
  ].join(', ');
}
